// The library: pages that follow when they come near, choosing, comparing, deleting, arrow keys.

import { elements, part } from './api.js';
import { on } from './live.js';
import { star, tag } from './marks.js';
import { deleteSoon, isBeingDeleted, notice } from './notices.js';
import { preview } from './preview.js';
import { localTimes } from './times.js';

export function wall(list) {
  follow(list);
  choose(list);
  arrows(list);
  const filters = document.getElementById('filters');
  for (const select of filters.querySelectorAll('select, [type=checkbox]')) select.addEventListener('change', () => filters.requestSubmit());
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && !event.target.matches('input, textarea, select')) {
      event.preventDefault();
      filters.elements.search.focus();
    }
  });

  const unfiltered = !list.dataset.filtered;
  on('video', async (video) => {
    const tile = list.querySelector(`[data-id="${CSS.escape(video.id)}"]`);
    preview(tile?.querySelector('[data-preview]'), video);
    if (tile ? tile.dataset.status === video.status : !unfiltered) return;
    const made = await part('tile', video.id);
    const present = list.querySelector(`[data-id="${CSS.escape(video.id)}"]`);
    if (!made) return;
    localTimes(made);
    if (present) present.replaceWith(made);
    else if (!list.children.length || made.dataset.id > (list.firstElementChild.dataset.id ?? '')) list.prepend(made);
    document.getElementById('wall-none').hidden = true;
  });
}

function follow(list) {
  const watcher = new IntersectionObserver(
    async ([entry]) => {
      const place = entry.target;
      if (!entry.isIntersecting) return;
      watcher.unobserve(place);
      try {
        const response = await fetch(place.dataset.following);
        if (!response.ok) throw new Error();
        const tiles = elements(await response.text());
        for (const tile of tiles) {
          localTimes(tile);
          tile.hidden = isBeingDeleted(tile.dataset.id);
        }
        place.replaceWith(...tiles);
        observe();
      } catch {
        notice('The rest of the library could not be loaded.', {
          failed: true,
          seconds: 0,
          action: { name: 'Try again', run: (event) => (event.target.parentElement.remove(), watcher.observe(place)) },
        });
      }
    },
    { rootMargin: '1200px' },
  );
  const observe = () => {
    const place = list.querySelector('.following');
    if (place) watcher.observe(place);
  };
  observe();
}

function choose(list) {
  const bar = document.getElementById('bar');
  const compare = document.getElementById('bar-compare');
  const chosen = () => [...list.querySelectorAll('.tile-pick :checked')].map((box) => box.closest('.tile'));
  const remove = () => {
    const tiles = chosen();
    const running = tiles.filter((tile) => ['queued', 'in_progress'].includes(tile.dataset.status));
    if (running.length) {
      notice('A video that is not finished can’t be deleted. Cancel it first, on the Make page.', { failed: true });
      return;
    }
    if (!tiles.length) return;
    for (const tile of tiles) tile.querySelector('.tile-pick input').checked = false;
    settle();
    deleteSoon(tiles.map((tile) => tile.dataset.id));
  };
  const settle = () => {
    const tiles = chosen();
    list.classList.toggle('picking', tiles.length > 0);
    bar.hidden = tiles.length === 0;
    document.getElementById('bar-count').textContent = `${tiles.length} chosen`;
    const ready = tiles.length === 2 && tiles.every((tile) => tile.dataset.status === 'completed');
    compare.setAttribute('aria-disabled', String(!ready));
    compare.querySelector('span').textContent = ready ? '' : tiles.length === 1 ? 'choose one more' : tiles.length > 2 ? 'choose two' : 'both must be ready';
    if (ready) compare.href = `/studio/compare?a=${tiles[1].dataset.id}&b=${tiles[0].dataset.id}`;
    else compare.removeAttribute('href');
  };
  list.addEventListener('change', settle);
  document.getElementById('bar-delete').addEventListener('click', remove);
  document.getElementById('bar-clear').addEventListener('click', () => {
    for (const tile of chosen()) tile.querySelector('.tile-pick input').checked = false;
    settle();
  });
  list.addEventListener('click', (event) => {
    const button = event.target.closest('[data-star]');
    if (button) star([button.closest('.tile')]);
  });
  document.getElementById('bar-star').addEventListener('click', () => star(chosen()));
  const tagging = document.getElementById('bar-tag');
  const name = document.getElementById('bar-tag-name');
  tagging.addEventListener('submit', (event) => {
    event.preventDefault();
    if (name.value.trim()) tag(chosen(), name.value.trim(), { remove: event.submitter?.value === 'remove' });
    name.value = '';
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || bar.hidden) return;
    for (const tile of chosen()) tile.querySelector('.tile-pick input').checked = false;
    settle();
  });
  list.addEventListener('keydown', (event) => {
    const tile = event.target.closest('.tile');
    if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = tile.querySelector('.tile-pick input');
    if (event.key === 's') star(chosen().length ? chosen() : [tile]);
    else if (event.key === 'a') {
      for (const each of list.querySelectorAll('.tile:not([hidden]) .tile-pick input')) each.checked = true;
      settle();
    } else if (event.key === 't') {
      event.preventDefault();
      if (!chosen().length) box.checked = true;
      settle();
      name.focus();
    } else if (event.key === 'x') {
      box.checked = !box.checked;
      settle();
    } else if (event.key === 'Delete') {
      if (!chosen().length) box.checked = true;
      remove();
    }
  });
}

function arrows(list) {
  list.addEventListener('keydown', (event) => {
    const tile = event.target.closest('.tile');
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 'row', ArrowUp: '-row' };
    if (!tile || !(event.key in steps)) return;
    event.preventDefault();
    const tiles = [...list.querySelectorAll('.tile:not([hidden])')];
    const columns = getComputedStyle(list).gridTemplateColumns.split(' ').length;
    const step = { row: columns, '-row': -columns }[steps[event.key]] ?? steps[event.key];
    tiles[tiles.indexOf(tile) + step]?.querySelector('a').focus();
  });
}
