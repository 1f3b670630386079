// Signing in and out.

import { call } from './api.js';

export function signIn(form) {
  const key = form.querySelector('#key');
  const problem = form.querySelector('.problem');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.hidden = true;
    try {
      await call('POST', '/v1/session', { headers: { authorization: `Bearer ${key.value.trim()}` } });
      location.assign(form.dataset.next);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
      key.select();
    }
  });
}

export function signOut(button) {
  button.addEventListener('click', async () => {
    await call('DELETE', '/v1/session').catch(() => {});
    location.assign('/studio/sign-in');
  });
}
