// The prompt box: grows with its text, takes a picture, and stays usable while jobs run.

import { call } from './api.js';
import { complain } from './notices.js';

export function compose(form) {
  const prompt = form.elements.prompt;
  const seed = form.querySelector('#seed');
  const keep = form.querySelector('#keep');
  const takes = form.querySelector('#takes');
  const problem = form.querySelector('.problem');
  const model = form.elements.model;
  const picture = reference(form);

  // On a phone the button would be far below: what is seldom changed is folded away.
  form.querySelector('#further').open = matchMedia('(min-width: 720px)').matches;

  const grow = () => {
    prompt.style.height = 'auto';
    prompt.style.height = `${prompt.scrollHeight}px`;
  };
  prompt.addEventListener('input', grow);
  addEventListener('resize', grow);
  grow();

  const tell = () => {
    form.querySelector('#about').textContent = model.selectedOptions[0]?.dataset.about ?? '';
  };
  model.addEventListener('change', tell);
  tell();

  keep.addEventListener('change', () => {
    if (!keep.checked) seed.value = '';
  });
  seed.addEventListener('input', () => (keep.checked = seed.value !== ''));
  prompt.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.hidden = true;
    const chosen = Object.fromEntries(new FormData(form));
    const count = Number(takes.value);
    const first = seed.value === '' ? null : Number(seed.value);
    prompt.select(); // the next text replaces it
    try {
      for (let take = 0; take < count; take += 1) {
        const fields = { ...chosen, ...(first !== null && { seed: String(first + take) }) };
        const made = await call('POST', '/v1/videos', body(fields, picture.file));
        if (keep.checked && first === null && take === 0) seed.value = made.seed;
      }
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
}

function body(fields, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file) form.append('input_reference', file, file.name || 'picture');
  return { form };
}

function reference(form) {
  const input = form.querySelector('#reference');
  const shown = form.querySelector('#reference-shown');
  const choose = form.querySelector('#reference-choose');
  const remove = form.querySelector('#reference-remove');
  const state = { file: null };

  function take(file) {
    if (file && !file.type.startsWith('image/')) {
      complain(new Error('A first frame is a picture: JPEG, PNG or WebP.'));
      return;
    }
    if (shown.src) URL.revokeObjectURL(shown.src);
    state.file = file;
    shown.hidden = remove.hidden = !file;
    choose.hidden = Boolean(file);
    if (file) shown.src = URL.createObjectURL(file);
    else shown.removeAttribute('src');
  }
  choose.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    take(input.files[0] ?? null);
    input.value = '';
  });
  remove.addEventListener('click', () => {
    take(null);
    choose.focus();
  });
  form.addEventListener('paste', (event) => {
    const file = [...event.clipboardData.files].find((each) => each.type.startsWith('image/'));
    if (!file) return;
    event.preventDefault();
    take(file);
  });
  form.addEventListener('dragover', (event) => {
    event.preventDefault();
    form.classList.add('over');
  });
  form.addEventListener('dragleave', () => form.classList.remove('over'));
  form.addEventListener('drop', (event) => {
    event.preventDefault();
    form.classList.remove('over');
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
  return state;
}
