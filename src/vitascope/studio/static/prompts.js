// Earlier prompts, with what they say differently; presets of everything but the prompt; and the last
// shape and length.

import { call } from './api.js';
import { line } from './notices.js';

// The words of two texts: kept ones, those of the first alone and those of the second alone.
export function differing(before, after) {
  const [a, b] = [before, after].map((text) => text.trim().split(/\s+/).slice(0, 400));
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const found = [];
  const add = (kind, word) => {
    if (found.at(-1)?.kind === kind) found.at(-1).text += ` ${word}`;
    else found.push({ kind, text: word });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) add('same', a[(j += 1, i++)]);
    else if (j === b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) add('del', a[i++]);
    else add('ins', b[j++]);
  }
  return found;
}

const ALIKE = 0.5; // the share of an earlier prompt's words from which on a comparison says something

// An earlier prompt with the words marked that the present one has not, and a line on what it has instead.
function compared(before, after) {
  const parts = differing(before, after);
  const words = (kind) => parts.filter((part) => part.kind === kind);
  const kept = words('same').reduce((sum, part) => sum + part.text.split(' ').length, 0);
  if (kept < ALIKE * after.trim().split(/\s+/).length) return { elements: [after], instead: '' };
  const elements = parts.filter(({ kind }) => kind !== 'del').map(({ kind, text }) => {
    const element = document.createElement(kind === 'same' ? 'span' : 'ins');
    element.textContent = text;
    return element;
  });
  const gone = words('del').map(({ text }) => `“${text}”`).join(', ');
  const lead = words('ins').length ? 'Instead of' : 'Without';
  return { elements: elements.flatMap((part, index) => (index ? [' ', part] : [part])), instead: gone && `${lead} ${gone}` };
}

// The project's own videos are the history: it is the same in every browser and survives.
export function earlier(form) {
  const details = form.querySelector('#earlier');
  const list = details.querySelector('ol');
  const prompt = form.elements.prompt;
  details.addEventListener('toggle', async () => {
    if (!details.open) return;
    list.replaceChildren(line('Loading …'));
    try {
      const { data } = await call('GET', '/v1/videos?limit=60');
      const known = new Map();
      for (const video of data) if (!known.has(video.prompt)) known.set(video.prompt, video);
      known.delete(prompt.value.trim());
      list.replaceChildren(...[...known.values()].slice(0, 12).map(row));
      if (!known.size) list.replaceChildren(line('There is no earlier prompt.'));
    } catch (error) {
      list.replaceChildren(line(error.message));
    }
  });

  function row(video) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'earlier-prompt';
    const { elements, instead } = compared(prompt.value, video.prompt);
    button.append(...elements);
    const other = document.createElement('p');
    other.className = 'instead';
    other.textContent = instead;
    other.hidden = !instead;
    const facts = document.createElement('p');
    facts.className = 'facts';
    facts.textContent = `${video.model} · ${video.size.replace('x', ' × ')} · ${video.seconds} s · seed ${video.seed}`;
    button.addEventListener('click', () => {
      set(form, { ...video, seed: undefined });
      prompt.value = video.prompt;
      prompt.dispatchEvent(new Event('input', { bubbles: true }));
      details.open = false;
      prompt.focus();
    });
    item.append(button, other, facts);
    return item;
  }
}

// Puts values into the form's fields that can take them.
function set(form, values) {
  for (const name of ['size', 'seconds']) {
    const radio = form.querySelector(`[name="${name}"][value="${CSS.escape(values[name] ?? '')}"]`);
    if (radio) radio.checked = true;
  }
  const model = form.elements.model;
  if ([...model.options].some((option) => option.value === values.model)) model.value = values.model;
  if (values.takes) form.querySelector('#takes').value = values.takes;
  if (values.seed !== undefined) {
    form.querySelector('#seed').value = values.seed;
    form.querySelector('#keep').checked = values.seed !== '';
  }
  model.dispatchEvent(new Event('change', { bubbles: true }));
}

// The shape and the length that were chosen last in this browser.
export function lastChoice(form) {
  const place = 'vitascope-last-choice';
  set(form, JSON.parse(localStorage.getItem(place) ?? '{}'));
  form.addEventListener('change', () => {
    const fields = new FormData(form);
    localStorage.setItem(place, JSON.stringify({ size: fields.get('size'), seconds: fields.get('seconds') }));
  });
}

// Presets are a person's habits, so the browser keeps them; nothing of the server depends on them.
export function presets(form) {
  const details = form.querySelector('#presets');
  const list = details.querySelector('ol');
  const name = details.querySelector('input');
  const place = `vitascope-presets-${details.dataset.project}`;
  const stored = () => JSON.parse(localStorage.getItem(place) ?? '[]');
  const store = (all) => {
    localStorage.setItem(place, JSON.stringify(all));
    show();
  };

  function show() {
    list.replaceChildren(...stored().map(row));
    if (!list.children.length) list.replaceChildren(line('None yet: save the shape, length, model, seed and takes that you use most.'));
  }
  function row(preset) {
    const item = document.createElement('li');
    const [use, remove] = [document.createElement('button'), document.createElement('button')];
    use.type = remove.type = 'button';
    use.textContent = preset.name;
    use.addEventListener('click', () => set(form, preset));
    remove.className = 'plain';
    remove.textContent = 'Remove';
    remove.setAttribute('aria-label', `Remove the preset ${preset.name}`);
    remove.addEventListener('click', () => {
      store(stored().filter((each) => each.name !== preset.name));
      name.focus();
    });
    item.append(use, remove);
    return item;
  }
  const save = () => {
    if (!name.value.trim()) {
      name.focus();
      return;
    }
    const fields = new FormData(form);
    const preset = {
      name: name.value.trim(),
      ...Object.fromEntries(['size', 'seconds', 'model'].map((each) => [each, fields.get(each)])),
      seed: form.querySelector('#seed').value,
      takes: form.querySelector('#takes').value,
    };
    store([...stored().filter((each) => each.name !== preset.name), preset]);
    name.value = '';
  };
  details.querySelector('#preset-save').addEventListener('click', save);
  name.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault(); // or it would make a video
    save();
  });
  show();
}
