// The tour where it takes two: ana asks, Dan of security answers in his browser; another time she breaks glass, and he reviews it.
import pg from 'pg';
import { Browser } from '../people/browser.ts';
import { eventually, TourFailed } from './narrator.ts';
import { entries, mails, onTarget, type Scene } from './scene.ts';

/** At the company's sign-in. */
const DAN = 'u-1002';
/** Of security, by a token. */
const SEC = 'sec@example.com';
/** Another ticket each time: the question of a tour that was cut short may still be open. */
const TICKET = `PAY-${Date.now() % 10_000}`;
const ASKED = `${TICKET} employee 7 is paid too little`;
const URGENT = `${TICKET} it is pay day, and employee 7 got nothing`;

export async function asksAnother(scene: Scene): Promise<void> {
  const { stage, tell } = scene;
  tell.step('On the payroll security must agree: she asks, and waits');
  await as(scene, async (ana) => {
    const noticed: string[] = [];
    ana.on('notice', ({ message }) => noticed.push(String(message)));
    tell.typed('ana', `SELECT sudo('${ASKED}', '10 min')`);
    const asking = ana.query(`SELECT sudo('${ASKED}', '10 min')`);
    // Awaited below, unless a step before that fails: that is told then.
    asking.catch(() => {});
    const request = await eventually(
      tell,
      'she is told whom it waits for',
      async () => noticed.map((said) => /request (req_[\w-]+)/.exec(said)?.[1]).find((id) => id !== undefined) ?? null,
      () => noticed[0],
    );
    await eventually(
      tell,
      'the mailbox has the question',
      async () => (await mails(stage)).findLast(({ text }) => text.includes(request)) ?? null,
      ({ subject }) => subject,
    );
    await eventually(
      tell,
      'and sec, who may answer it, has it at an address of their own',
      async () => (await mails(stage)).findLast(({ text, to }) => text.includes(request) && to.join() === SEC) ?? null,
      ({ to }) => to.join(),
    );

    tell.typed(
      'Dan',
      `${stage.http}/requests/${request}   # signs in, reads who, where and why, and presses “Approve”`,
    );
    const dan = new Browser(stage.http);
    const { text } = await dan.signIn(DAN, `/requests/${request}`);
    tell.is('his page quotes her reason', text.includes(`<blockquote class="quote">${ASKED}</blockquote>`));
    await presses(dan, `/requests/${request}/approve`, { why: 'seen with her' });
    await asking;
    const { rows } = await ana.query('SHOW sudoql.mode');
    tell.is('her sudo goes on, in write', rows[0]?.['sudoql.mode'] === 'write');
    const [approved] = await entries(scene, 'request_approved');
    tell.is('the ledger holds who agreed', approved?.request === request && approved.via === 'page', approved?.at);

    tell.typed('ana', RAISE);
    await ana.query(RAISE);
    await ana.query('SELECT unsudo()');
    tell.is('the target shows it', (await salary(scene)) === 4300, '4300');
  });
}

export async function breaksGlass(scene: Scene): Promise<void> {
  const { stage, tell } = scene;
  tell.step('Nobody answers, and it cannot wait: she breaks glass, everybody hears, and it is reviewed');
  await as(scene, async (ana) => {
    tell.typed('ana', `SELECT sudo('${URGENT}', '10 min', 'break-glass')`);
    await ana.query(`SELECT sudo('${URGENT}', '10 min', 'break-glass')`);
    await ana.query(RAISE);
    await ana.query('SELECT unsudo()');
  });
  tell.is('the target shows it', (await salary(scene)) === 4400, '4400');
  await eventually(
    tell,
    'the mailbox has a loud mail',
    async () =>
      (await mails(stage)).findLast(({ subject }) => /GLASS BROKEN/.test(subject) && subject.includes(URGENT)) ?? null,
    ({ subject }) => subject,
  );
  const dan = new Browser(stage.http);
  const list = (await dan.signIn(DAN, '/requests')).text;
  const elevation = /href="\/reviews\/(elv_[\w-]+)"/.exec(list)?.[1];
  tell.is('a review waits for Dan', elevation !== undefined);
  const { text } = await dan.ask(`/elevations/${elevation}`);
  tell.is('his page shows what she wrote', text.includes('public.salaries'));
  tell.typed('Dan', `${stage.http}/reviews/${elevation}   # “was due, and is right”`);
  await presses(dan, `/reviews/${elevation}`, { comment: 'was due, and is right' });
  const [reviewed] = await entries(scene, 'elevation_reviewed');
  tell.is('the ledger holds the review', reviewed?.elevation === elevation, reviewed?.at);
}

/** The button of a form. */
async function presses(who: Browser, path: string, form: Record<string, string>): Promise<void> {
  const { status, text } = await who.ask(path, { form });
  if (status !== 303) throw new TourFailed(`The page answers ${status}: ${text}`);
}

const RAISE = 'UPDATE salaries SET monthly = monthly + 100 WHERE id = 7';

async function salary({ stage }: Scene): Promise<unknown> {
  return (await onTarget(stage, 'SELECT monthly FROM salaries WHERE id = 7', 'payroll'))[0]?.monthly;
}

/** ana, on the payroll. */
async function as({ stage }: Scene, act: (ana: pg.Client) => Promise<void>): Promise<void> {
  const ana = new pg.Client({ connectionString: stage.wire.url('ana', 'payroll') });
  ana.on('error', () => {});
  try {
    await ana.connect();
    await act(ana);
  } finally {
    await ana.end().catch(() => undefined);
  }
}
