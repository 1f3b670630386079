// The prompt box: grows with its text, takes pictures, and stays usable while jobs run.

import { call } from './api.js';
import { estimate } from './estimate.js';
import { asked } from './made.js';
import { earlier, lastChoice, presets } from './prompts.js';
import { references } from './references.js';

export function compose(form) {
  const prompt = form.elements.prompt;
  const seed = form.querySelector('#seed');
  const keep = form.querySelector('#keep');
  const takes = form.querySelector('#takes');
  const problem = form.querySelector('.problem');
  const model = form.elements.model;
  const pictures = references(form);

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
  lastChoice(form);
  earlier(form);
  presets(form);
  estimate(form);
  prompt.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.hidden = true;
    const { character: _, ...fields } = Object.fromEntries(new FormData(form));
    const cast = new FormData(form).getAll('character');
    if (Number(takes.value) > 1) fields.n = takes.value;
    if (seed.value !== '') fields.seed = seed.value;
    // The next text replaces it. Under a finger this would open a keyboard over the answer.
    if (matchMedia('(hover: hover)').matches) prompt.select();
    try {
      const made = await call('POST', '/v1/videos', body(fields, pictures, cast));
      if (keep.checked) seed.value = made.seed;
      asked(made);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
}

function body(fields, pictures, cast) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  cast.forEach((id, index) => form.append(`characters[${index}][id]`, id));
  pictures.into(form);
  return { form };
}
