// What every page loads: each part of a page that is there gets its script.

import './player.js';
import { cast, castPicker } from './cast.js';
import { stillness } from './scrub.js';
import { compose } from './compose.js';
import { marks } from './marks.js';
import { operate } from './operate.js';
import { signIn, signOut } from './sign-in.js';
import { queue, waiting } from './jobs.js';
import { start } from './live.js';
import { resume } from './notices.js';
import { localTimes } from './times.js';
import { share } from './share.js';
import { timeline } from './timeline.js';
import { code, deletable, goOn } from './video.js';
import { wall } from './wall.js';

const PARTS = {
  '#cast-picker': (picker) => castPicker(picker.form),
  '#composer': compose,
  '#cast': cast,
  '#marks': marks,
  '#operate': operate,
  '#jobs': queue,
  '#wall': wall,
  '#go-on': goOn,
  '#share': share,
  '#timeline': timeline,
  '#tree-still': stillness,
  '#code-client': code,
  '.room': deletable,
  '.waiting': waiting,
  '#sign-in': signIn,
  '[data-sign-out]': signOut,
};

for (const [selector, begin] of Object.entries(PARTS)) {
  const element = document.querySelector(selector);
  if (element) begin(element);
}
localTimes(document);
resume();
if (document.body.dataset.since) start();
