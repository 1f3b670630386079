// Videos by the AI SDK 6, which runs on Node 20, and by the Google package of that generation.
//
// VITASCOPE_URL says where the server is; picture.png lies in this folder.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGateway } from '@ai-sdk/gateway';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createReplicate } from '@ai-sdk/replicate';
import { createXai } from '@ai-sdk/xai';
import { GoogleGenAI } from '@google/genai';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { experimental_generateVideo as generateVideo } from 'ai';

const url = process.env.VITASCOPE_URL;
const apiKey = 'any';
const picture = await readFile('picture.png');
const xai = createXai({ baseURL: `${url}/v1`, apiKey });
const google = createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey });
const openrouter = createOpenRouter({ baseURL: `${url}/api/v1`, apiKey });
const replicate = createReplicate({ baseURL: `${url}/v1`, apiToken: apiKey });
const gateway = createGateway({ baseURL: `${url}/v3/ai`, apiKey });

function assertFilm(bytes, what) {
  assert.equal(Buffer.from(bytes).toString('latin1', 4, 8), 'ftyp', what);
}

// The pause between two polls is an option of each provider, or of its model.
const POLLED = new Set(['xai', 'google', 'replicate']);
const MODELS = {
  xai: xai.video('sora-2'),
  google: google.video('sora-2'),
  openrouter: openrouter.videoModel('sora-2', { pollIntervalMs: 200 }),
  replicate: replicate.video('vitascope/sora-2'),
  gateway: gateway.videoModel('sora-2'),
};

async function aiSdk(name) {
  const { video } = await generateVideo({
    model: MODELS[name],
    prompt: { image: picture, text: `A fox runs past (${name})` },
    aspectRatio: '16:9',
    duration: 2,
    providerOptions: POLLED.has(name) ? { [name]: { pollIntervalMs: 200 } } : {},
  });
  assertFilm(video.uint8Array, name);
}

async function genai() {
  const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } });
  let operation = await client.models.generateVideos({
    model: 'sora-2',
    source: {
      prompt: 'A lighthouse at night',
      image: { imageBytes: picture.toString('base64'), mimeType: 'image/png' },
    },
    config: { durationSeconds: 2, aspectRatio: '16:9' },
  });
  while (!operation.done) {
    await sleep(200);
    operation = await client.operations.getVideosOperation({ operation });
  }
  const [made] = operation.response.generatedVideos;
  await client.files.download({ file: made, downloadPath: 'film.mp4' });
  assertFilm(await readFile('film.mp4'), '@google/genai 2');

  // The film itself, which the server knows again, is continued.
  operation = await client.models.generateVideos({
    model: 'sora-2',
    source: { prompt: 'The lamp goes out', video: { uri: made.video.uri } },
    config: { durationSeconds: 2 },
  });
  while (!operation.done) {
    await sleep(200);
    operation = await client.operations.getVideosOperation({ operation });
  }
  assert.equal(operation.error, undefined);
}

await Promise.all([...Object.keys(MODELS).map(aiSdk), genai()]);
