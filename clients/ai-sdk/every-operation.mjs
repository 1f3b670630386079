// Videos by the packages of other services than OpenAI: the address is all that changes.
//
// VITASCOPE_URL says where the server is; picture.png lies in this folder.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGateway } from '@ai-sdk/gateway';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createReplicate } from '@ai-sdk/replicate';
import { createXai } from '@ai-sdk/xai';
import { GoogleGenAI } from '@google/genai';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { OpenRouter } from '@openrouter/sdk';
import { experimental_generateVideo as generateVideo } from 'ai';
import Replicate, { validateWebhook } from 'replicate';

const url = process.env.VITASCOPE_URL;
const apiKey = 'any';
const picture = await readFile('picture.png');

function assertFilm(bytes, what) {
  assert.equal(Buffer.from(bytes).toString('latin1', 4, 8), 'ftyp', what);
}

// The AI SDK: the same call for each provider. It polls every five seconds unless told otherwise.
const poll = { intervalMs: 200, timeoutMs: 120_000 };

async function aiSdk(name, model, options = {}) {
  const { videos } = await generateVideo({
    model,
    prompt: { image: picture, text: `Snow begins to fall, a fox runs past (${name})` },
    aspectRatio: '16:9',
    duration: 2,
    poll,
    ...options,
  });
  for (const video of videos) assertFilm(video.uint8Array, name);
  return videos.length;
}

const openrouter = createOpenRouter({ baseURL: `${url}/api/v1`, apiKey });
const xai = createXai({ baseURL: `${url}/v1`, apiKey });
const google = createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey });
const gateway = createGateway({ baseURL: `${url}/v4/ai`, apiKey });
const replicate = createReplicate({ baseURL: `${url}/v1`, apiToken: apiKey });

// A film of xAI's is changed and continued: the server knows its own links again.
async function xaiGoesOn() {
  const first = { model: xai.video('sora-2'), prompt: 'A crane wades', duration: 2, poll };
  const { providerMetadata } = await generateVideo(first);
  for (const mode of ['edit-video', 'extend-video']) {
    const { video } = await generateVideo({
      model: xai.video('sora-2'),
      prompt: 'It begins to rain',
      poll,
      providerOptions: { xai: { mode, videoUrl: providerMetadata.xai.videoUrl } },
    });
    assertFilm(video.uint8Array, mode);
  }
}

async function allOfTheAiSdk() {
  const settings = { pollIntervalMs: 200 };
  await aiSdk('OpenRouter', openrouter.videoModel('sora-2', settings));
  await aiSdk('xAI', xai.video('sora-2'));
  await aiSdk('Google', google.video('sora-2'), { seed: 7 });
  await aiSdk('Replicate', replicate.video('vitascope/sora-2'), { seed: 7 });
  const model = gateway.video('sora-2');
  assert.equal(await aiSdk('gateway', model, { n: 2, poll: undefined }), 2);
  await aiSdk('gateway, polled', model);
  // Frames and references as the packages send them; OpenRouter's and Replicate's send none.
  const frameImages = ['first_frame', 'last_frame'].map((frameType) => ({
    image: picture,
    frameType,
  }));
  for (const [name, one] of [
    ['Google', google.video('sora-2')],
    ['gateway', model],
  ]) {
    await aiSdk(`${name}, from one picture to another`, one, {
      prompt: 'Evening falls',
      frameImages,
    });
  }
  const references = { prompt: 'A fox runs past', inputReferences: [picture] };
  for (const [name, one] of [
    ['xAI', xai.video('sora-2')],
    ['Google', google.video('sora-2')],
    ['gateway', model],
  ]) {
    await aiSdk(`${name}, with a reference`, one, references);
  }
  const refused = generateVideo({ model, prompt: 'A fox', fps: 7, maxRetries: 0, poll: undefined });
  await assert.rejects(refused, /24 frames a second/);
}

async function openrouterSdk() {
  const client = new OpenRouter({ serverURL: `${url}/api/v1`, apiKey });
  const imageUrl = { url: `data:image/png;base64,${picture.toString('base64')}` };
  const request = {
    model: 'sora-2',
    prompt: 'A heron in the mist',
    duration: 2,
    frameImages: [{ type: 'image_url', imageUrl, frameType: 'first_frame' }],
  };
  let job = await client.videoGeneration.generate({ videoGenerationRequest: request });
  while (job.status === 'pending' || job.status === 'in_progress') {
    await sleep(200);
    job = await client.videoGeneration.getGeneration({ jobId: job.id });
  }
  assert.equal(job.status, 'completed');
  const stream = await client.videoGeneration.getVideoContent({ jobId: job.id });
  assertFilm(await new Response(stream).arrayBuffer(), '@openrouter/sdk');
  const models = await client.videoGeneration.listVideosModels();
  assert.ok(models.data.some((each) => each.id === 'sora-2'));
  const bad = { ...request, duration: 100 };
  await assert.rejects(client.videoGeneration.generate({ videoGenerationRequest: bad }), /duration/);
}

async function replicatePackage() {
  const client = new Replicate({ baseUrl: `${url}/v1`, auth: apiKey });
  const input = { prompt: 'An owl flies past', image: new Blob([picture]), duration: 2 };
  const output = await client.run('vitascope/sora-2', { input });
  assertFilm(await (await fetch(String(output))).arrayBuffer(), 'replicate');
  const started = await client.predictions.create({
    model: 'vitascope/sora-2',
    input: { prompt: 'A slow river', duration: 20 },
  });
  assert.equal((await client.predictions.cancel(started.id)).status, 'canceled');
  assert.ok((await client.predictions.list()).results.length >= 2);
}

// The package itself verifies what the server sends when the prediction ends.
async function replicateWebhook() {
  const client = new Replicate({ baseUrl: `${url}/v1`, auth: apiKey });
  const { key } = await client.webhooks.default.secret.get();
  const { promise: delivery, resolve } = Promise.withResolvers();
  const receiver = createServer(async (request, response) => {
    resolve({ headers: request.headers, body: await text(request) });
    response.end();
  });
  await new Promise((listening) => receiver.listen(0, '127.0.0.1', listening));
  const started = await client.predictions.create({
    model: 'vitascope/sora-2',
    input: { prompt: 'A stork lands', duration: 2 },
    webhook: `http://127.0.0.1:${receiver.address().port}/`,
    webhook_events_filter: ['completed'],
  });
  const { headers, body } = await delivery;
  receiver.close();
  assert.equal(await validateWebhook({ headers, body }, key), true);
  assert.equal(await validateWebhook({ headers, body: `${body} ` }, key), false);
  const prediction = JSON.parse(body);
  assert.deepEqual([prediction.id, prediction.status], [started.id, 'succeeded']);
}

async function genai() {
  const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } });
  let made = await client.interactions.create({
    model: 'sora-2',
    input: [
      { type: 'text', text: 'A sailing ship at dawn' },
      { type: 'image', data: picture.toString('base64'), mime_type: 'image/png' },
    ],
    background: true,
    response_format: { type: 'video', duration: '2s', delivery: 'inline' },
  });
  while (made.status === 'queued' || made.status === 'in_progress') {
    await sleep(200);
    made = await client.interactions.get(made.id);
  }
  assert.equal(made.status, 'completed');
  const film = made.steps.at(-1).content[0];
  assertFilm(Buffer.from(film.data, 'base64'), '@google/genai, interactions');

  const vertex = new GoogleGenAI({ apiKey, vertexai: true, httpOptions: { baseUrl: url } });
  let operation = await vertex.models.generateVideos({
    model: 'sora-2',
    source: { prompt: 'A camel in the desert' },
    config: { durationSeconds: 2 },
  });
  while (!operation.done) {
    await sleep(200);
    operation = await vertex.operations.getVideosOperation({ operation });
  }
  const bytes = operation.response.generatedVideos[0].video.videoBytes;
  assertFilm(Buffer.from(bytes, 'base64'), '@google/genai, enterprise');

  await writeFile('film.mp4', Buffer.from(film.data, 'base64'));
  const file = await client.files.upload({ file: 'film.mp4', config: { mimeType: 'video/mp4' } });
  assert.equal((await client.files.get({ name: file.name })).state, 'ACTIVE');
  await client.files.delete({ name: file.name });
}

await Promise.all([
  allOfTheAiSdk(),
  xaiGoesOn(),
  openrouterSdk(),
  replicatePackage(),
  replicateWebhook(),
  genai(),
]);
