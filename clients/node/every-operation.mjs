// Every operation of the Videos API with the official Node SDK.
//
// OPENAI_BASE_URL and OPENAI_API_KEY say where the server is; picture.png lies in this folder.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';

const client = new OpenAI();

// Waits for a job; it must come to a good end.
async function finished(job) {
  let video = job;
  while (video.status === 'queued' || video.status === 'in_progress') {
    await sleep(200);
    video = await client.videos.retrieve(job.id);
  }
  assert.equal(video.status, 'completed', video.error?.message);
  assert.equal(video.progress, 100);
  return video;
}

async function download(id, variant, file) {
  const response = await client.videos.downloadContent(id, { variant });
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  return readFile(file, 'latin1');
}

// Create a video, wait for it, look at it.
const video = await finished(
  await client.videos.create({
    prompt: 'A fox runs through a snowy forest at dusk',
    model: 'sora-2',
    seconds: '4',
    size: '720x1280',
  }),
);
assert.deepEqual({ ...(await client.videos.retrieve(video.id)) }, { ...video });

// Download it: the film, a picture of it, a sheet of pictures.
assert.equal((await download(video.id, 'video', 'fox.mp4')).slice(4, 8), 'ftyp');
assert.equal((await download(video.id, 'thumbnail', 'fox.webp')).slice(8, 12), 'WEBP');
assert.equal((await download(video.id, 'spritesheet', 'fox.jpg')).slice(0, 3), '\xff\xd8\xff');

// Begin with a picture.
const fromPicture = await client.videos.create({
  prompt: 'Snow begins to fall, an owl flies past',
  input_reference: createReadStream('picture.png'),
});

// Make a character out of a film, and let it act.
const character = await client.videos.createCharacter({
  name: 'Mossy',
  video: createReadStream('fox.mp4'),
});
assert.equal(character.name, 'Mossy');
assert.equal((await client.videos.getCharacter(character.id)).id, character.id);
const scene = await client.videos.create({
  prompt: 'Mossy walks along a beach at dawn',
  characters: [{ id: character.id }],
});

// Go on from a film.
const remix = await client.videos.remix(video.id, {
  prompt: 'A fox runs through a snowy forest at night',
});
const edit = await client.videos.edit({ prompt: 'Make it night', video: { id: video.id } });
const longer = await client.videos.extend({
  prompt: 'Snow begins to fall',
  seconds: '4',
  video: { id: video.id },
});

// Go on from a film of one's own.
const ownEdit = await client.videos.edit({
  prompt: 'Make it look like an old film',
  video: createReadStream('fox.mp4'),
});
const ownLonger = await client.videos.extend({
  prompt: 'Snow begins to fall',
  seconds: '4',
  video: createReadStream('fox.mp4'),
});

// Wait for them all.
assert.equal((await finished(remix)).remixed_from_video_id, video.id);
assert.equal((await finished(longer)).seconds, '8');
assert.equal((await finished(ownLonger)).seconds, '8');
assert.equal((await finished(edit)).seconds, '4');
assert.equal((await finished(ownEdit)).seconds, '4');
await finished(fromPicture);
await finished(scene);

// List them, newest first, in pages of three.
const jobs = [video, fromPicture, scene, remix, edit, longer, ownEdit, ownLonger];
const ids = jobs.map((job) => job.id);
const page = await client.videos.list({ limit: 3 });
assert.equal(page.data.length, 3);
assert.ok(page.has_more);
const listed = [];
for await (const each of client.videos.list({ limit: 3 })) {
  if (ids.includes(each.id)) listed.push(each.id);
}
assert.deepEqual(listed, ids.toSorted().reverse());

// Delete one; it is gone.
const deleted = await client.videos.delete(ownEdit.id);
assert.ok(deleted.deleted && deleted.id === ownEdit.id);
await assert.rejects(client.videos.retrieve(ownEdit.id), OpenAI.NotFoundError);

// What can't be done is said in the SDK's own exceptions.
await assert.rejects(client.videos.create({ prompt: 'A cat', seconds: '5' }), (error) => {
  assert.ok(error instanceof OpenAI.BadRequestError);
  assert.equal(error.param, 'seconds');
  assert.equal(error.code, 'invalid_value');
  assert.match(error.requestID, /^req_/);
  return true;
});
await assert.rejects(client.videos.create({}), (error) => {
  assert.ok(error instanceof OpenAI.BadRequestError);
  assert.equal(error.param, 'prompt');
  return true;
});
