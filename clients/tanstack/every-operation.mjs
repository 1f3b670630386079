// Videos with TanStack AI's adapter for OpenAI: `baseURL` is all that changes.
//
// OPENAI_BASE_URL and OPENAI_API_KEY say where the server is; picture.png lies in this folder.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateVideo, getVideoJobStatus } from '@tanstack/ai';
import { createOpenaiVideo } from '@tanstack/ai-openai';

const adapter = createOpenaiVideo('sora-2', process.env.OPENAI_API_KEY, {
  baseURL: process.env.OPENAI_BASE_URL,
});

// Waits for a job; it must come to a good end.
async function finished(jobId) {
  let job = await getVideoJobStatus({ adapter, jobId });
  while (job.status === 'pending' || job.status === 'processing') {
    await sleep(200);
    job = await getVideoJobStatus({ adapter, jobId });
  }
  assert.equal(job.status, 'completed', job.error);
  return job;
}

// Create a video, wait for it, download it.
const { jobId } = await generateVideo({
  adapter,
  prompt: 'A fox runs through a snowy forest at dusk',
  size: '720x1280',
  duration: 4,
});
const video = await finished(jobId);
const [kind, content] = video.url.split(',');
assert.equal(kind, 'data:video/mp4;base64');
assert.equal(Buffer.from(content, 'base64').toString('latin1', 4, 8), 'ftyp');

// Begin with a picture.
const picture = await readFile('picture.png', 'base64');
const fromPicture = await generateVideo({
  adapter,
  prompt: [
    { type: 'text', content: 'Snow begins to fall, an owl flies past' },
    { type: 'image', source: { type: 'data', value: picture, mimeType: 'image/png' } },
  ],
});
await finished(fromPicture.jobId);

// A job that there is not.
const missing = await getVideoJobStatus({ adapter, jobId: 'video_unknown' });
assert.equal(missing.status, 'failed');
assert.equal(missing.error, 'Job not found');
