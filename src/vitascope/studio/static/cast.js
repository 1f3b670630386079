// The page of characters: naming, deleting, and cutting a new one out of a clip or of a video.

import { aim } from './aim.js';
import { call, part } from './api.js';
import { complain, notice } from './notices.js';
import { sure } from './sure.js';

export function cast(list) {
  list.addEventListener('submit', (event) => {
    event.preventDefault();
    rename(event.target.closest('.figure'));
  });
  list.addEventListener('change', (event) => rename(event.target.closest('.figure')));
  list.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-remove]');
    if (!button || !sure(button, 'Really delete')) return;
    const figure = button.closest('.figure');
    try {
      await call('DELETE', `/v1/videos/characters/${figure.dataset.character}`);
      figure.remove();
      settle(list);
      notice('Deleted. Videos that show it stay as they are.');
    } catch (error) {
      complain(error);
    }
  });
  settle(list);
  create(list, document.getElementById('new-character'));
}

function settle(list) {
  const number = list.children.length;
  document.getElementById('cast-none').hidden = number > 0;
  document.getElementById('cast-count').textContent = number > 1 ? `${number} characters` : '';
}

async function rename(figure) {
  const field = figure.querySelector('[name=name]');
  const problem = figure.querySelector('.problem');
  problem.hidden = true;
  const name = field.value.trim();
  if (!name || name === field.defaultValue) return;
  field.defaultValue = name; // Enter causes a change as well
  try {
    await call('PATCH', `/v1/videos/characters/${figure.dataset.character}`, { json: { name } });
    notice(`Prompts call it ${name} now.`);
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

function create(list, form) {
  const button = form.querySelector('.main-button');
  const problem = form.querySelector('.problem');
  const clip = form.dataset.video ? span(form) : upload(form);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.hidden = true;
    button.disabled = true;
    button.textContent = 'Cutting out …';
    try {
      const made = await call('POST', '/v1/videos/characters', clip(form.elements.name.value.trim()));
      list.prepend(await part('cast', made.id));
      settle(list);
      form.reset();
      form.dispatchEvent(new Event('cleared'));
      list.firstElementChild.scrollIntoView({ block: 'nearest' });
      notice(`${made.name} is in the cast.`, { action: { name: 'Use', href: `/studio/?character=${made.id}` } });
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
    button.disabled = false;
    button.textContent = 'Cut out';
  });
}

const CUT = 'vitascope-cut'; // the part of a video that this tab is about to cut a figure out of
const LOOKED_AT = 10; // seconds of an uploaded clip

function keptCut() {
  return JSON.parse(sessionStorage.getItem(CUT) ?? 'null');
}

// A file; returns what a request sends.
function upload(form) {
  const input = form.querySelector('#clip');
  const name = form.querySelector('[data-clip-name]');
  const video = form.querySelector('video');
  const at = form.querySelector('[data-clip-at]');
  const pointed = aim(form, video);
  const show = () => {
    const file = input.files[0];
    if (video.src) URL.revokeObjectURL(video.src);
    name.textContent = file?.name ?? 'Choose or drop a clip';
    form.querySelector('div.clip').hidden = at.parentElement.hidden = form.querySelector('#aim-said').hidden = !file;
    if (file) video.src = URL.createObjectURL(file);
    else video.removeAttribute('src');
    at.value = 0;
    pointed.clear();
  };
  video.addEventListener('loadedmetadata', () => (at.max = Math.min(video.duration, LOOKED_AT)));
  at.addEventListener('input', () => {
    video.currentTime = Math.min(Number(at.value), video.duration - 0.05 || 0);
    pointed.clear();
  });
  const kept = keptCut();
  if (kept) {
    const line = document.getElementById('cut-kept');
    line.hidden = false;
    line.querySelector('span').textContent = kept.title;
    line.querySelector('a').href = `/studio/cast?video=${kept.video}#new-title`;
  }
  input.addEventListener('change', show);
  form.addEventListener('cleared', show);
  form.addEventListener('dragover', (event) => event.preventDefault());
  form.addEventListener('drop', (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    show();
  });
  return (given) => {
    const body = new FormData();
    body.append('name', given);
    body.append('video', input.files[0], input.files[0].name);
    for (const [key, value] of Object.entries(pointed.point() ?? {})) body.append(`point[${key}]`, value);
    return { form: body };
  };
}

// A part of a video, chosen by scrubbing; returns what a request sends.
function span(form) {
  const { start, end } = form.elements;
  const video = form.querySelector('video');
  const least = 0.2;
  const pointed = aim(form, video, () => keep());
  const keep = () => {
    const [from, to] = [Number(start.value), Number(end.value)];
    const { title } = form.dataset;
    const cut = { video: form.dataset.video, title, from, to, name: form.elements.name.value, point: pointed.point() };
    sessionStorage.setItem(CUT, JSON.stringify(cut));
  };
  const show = (moved) => {
    if (Number(end.value) - Number(start.value) < least) {
      if (moved === start) start.value = Number(end.value) - least;
      else end.value = Number(start.value) + least;
    }
    form.querySelector('[data-start-time]').textContent = `${Number(start.value).toFixed(1)} s`;
    form.querySelector('[data-end-time]').textContent = `${Number(end.value).toFixed(1)} s`;
    for (const each of [start, end]) {
      each.style.setProperty('--at', `${(Number(each.value) / Number(each.max)) * 100}%`);
      each.setAttribute('aria-valuetext', `${Number(each.value).toFixed(1)} seconds`);
    }
    if (!moved) return;
    video.currentTime = Math.min(Number(moved.value), video.duration - 0.05 || 0);
    pointed.clear(); // the cross was on another picture
    keep();
  };
  for (const each of [start, end]) each.addEventListener('input', () => show(each));
  form.elements.name.addEventListener('input', keep);
  form.addEventListener('cleared', () => {
    sessionStorage.removeItem(CUT);
    pointed.clear();
    show();
  });
  form.querySelector('[data-other-clip]').addEventListener('click', () => sessionStorage.removeItem(CUT));
  const kept = keptCut();
  if (kept?.video === form.dataset.video) {
    [start.value, end.value, form.elements.name.value] = [kept.from, kept.to, kept.name];
    video.currentTime = kept.point?.at ?? kept.from;
    if (kept.point) pointed.set(kept.point);
  }
  show();
  return (given) => ({
    json: {
      name: given,
      video: { id: form.dataset.video },
      start: Number(start.value),
      end: Number(end.value),
      ...(pointed.point() && { point: pointed.point() }),
    },
  });
}

// The characters of the prompt box: two at most, each named by the prompt. Typing @Name chooses one.
export function castPicker(form) {
  const boxes = [...form.querySelectorAll('[name=character]')];
  const prompt = form.elements.prompt;
  let written = null; // the text up to the space after a name
  const limit = () => {
    const full = boxes.filter((box) => box.checked).length >= 2;
    for (const box of boxes) box.disabled = full && !box.checked;
  };
  const write = (box) => {
    if (!box.checked || prompt.value.toLowerCase().includes(box.dataset.name.toLowerCase())) return;
    prompt.value = `${prompt.value.trimEnd()}${prompt.value.trim() ? ' ' : ''}${box.dataset.name} `;
    prompt.dispatchEvent(new Event('input'));
    written = prompt.value;
  };
  for (const box of boxes) {
    box.addEventListener('change', () => {
      write(box);
      limit();
    });
    write(box);
  }
  prompt.addEventListener('input', () => {
    // Who types on with a space of their own gets no second one.
    if (written && prompt.value.startsWith(`${written} `)) prompt.setRangeText('', written.length, written.length + 1, 'preserve');
    written = null;
    for (const box of boxes) {
      const called = `@${box.dataset.name}`;
      const at = prompt.value.toLowerCase().indexOf(called.toLowerCase());
      if (at < 0 || (box.disabled && !box.checked)) continue;
      box.checked = true;
      prompt.setRangeText(box.dataset.name, at, at + called.length, 'preserve');
    }
    limit();
  });
  limit();
}
