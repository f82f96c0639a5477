// What is told of who drives: by the reader's hand as it goes, of a policy what becomes of it.
import { number } from '../../kit/numerals';
import { DEGREE, kept, leanAt, type Cart, type End, type Limits } from '../cartpole';
import { KINDS, LEARNERS, type Agent } from './agents';
import type { Drive } from './driving.svelte';

const ENDS: Record<End, string> = {
  steps: '',
  left: 'then it meets the left end of the track',
  right: 'then it meets the right end of the track',
  'fell left': 'then it leans too far to the left',
  'fell right': 'then it leans too far to the right',
};

export function sentence(
  driver: { key: string; name: string; policy: unknown },
  drive: Drive,
  { tau, ...cart }: Cart,
  limits: Limits,
  agent: Agent | null,
  own: boolean,
): string {
  const whole = `${number(limits.steps * tau)} s`;
  if (!driver.policy) {
    const best = drive.best ? ` Your best so far: ${number(drive.best * tau)} s.` : '';
    if (!drive.end) return `Your turn: keep the pole inside the wedge for ${whole}.${best}`;
    return `You kept it up for ${number(drive.at * tau)} s, ${ENDS[drive.end] || 'all there was'}.${best}`;
  }
  const { course } = drive;
  const time = `${number(course.pushes.length * tau)} s`;
  const up = course.end === 'steps' ? `keeps the pole up for all ${whole}` : `keeps the pole up for ${time}`;
  const end = ENDS[course.end ?? 'steps'];
  const who = agent
    ? `${driver.name} (${LEARNERS[agent.learner]}, ${KINDS[agent.kind]}) ${up}${own ? ' within its own limits' : ''}`
    : `${driver.name} ${up}`;
  const found = kept(course, tau);
  const first = `${who}${end ? `, ${end}` : ''}.`;
  if (!found) return first;
  return (
    `${first} In the second half it leans by ${number(found.lean / DEGREE, 2)}° and accelerates by ` +
    `${number(found.acceleration, 2)} m/s²; arctan(a/g) is ${number(leanAt({ tau, ...cart }, found.acceleration) / DEGREE, 2)}°.`
  );
}
