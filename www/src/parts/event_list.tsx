// Events as rows, newest first; short for the side of a page, full for the page of events.

import type { PowerEvent } from '../api';
import { clock, day, duration } from '../format';
import { address } from '../route';
import type { Store } from '../store';
import { severityOf } from '../verdict';
import { eventKind, eventWhere, words } from '../words';
import { LevelIcon } from './icons';

/** The channel that was hit hardest, as "52 %". */
function extreme(e: PowerEvent): string {
    const percents = (e.channels ?? []).map((c) => c.percent).filter((p) => Number.isFinite(p));
    if (percents.length === 0) return '';
    const most = e.kind === 'dip' || e.kind === 'interruption' ? Math.min(...percents) : Math.max(...percents);
    return `${most.toFixed(1)} %`;
}

export function EventList({ store, events, known }: { store: Store; events: readonly PowerEvent[]; known: boolean }) {
    if (events.length === 0)
        return <p class="none-here">{known ? words.events.none : words.events.waiting}</p>;
    return (
        <ol class="events">
            {events.map((e) => {
                const at = new Date(e.start);
                const where = eventWhere(e, store.placeOf(e));
                return (
                    <li key={e.id} class={e.ongoing ? 'event running' : 'event'}>
                        <LevelIcon level={severityOf(e)} />
                        <span class="event-what">
                            {eventKind(e.kind)}{' '}
                            <span class="event-where">
                                {e.load === undefined ? (
                                    where
                                ) : (
                                    <a href={address('circuit', e.device, e.load)}>{where}</a>
                                )}
                            </span>
                        </span>
                        <span class="event-extreme num">{extreme(e)}</span>
                        <time class="event-time" dateTime={e.start} title={`${day(at)} ${clock(at)}`}>
                            {day(at)} {clock(at)}
                        </time>
                        <span class="event-duration num">
                            {e.duration_s !== undefined
                                ? duration(e.duration_s)
                                : store.link.kind === 'lost'
                                  ? words.events.wasRunning
                                  : words.events.running}
                        </span>
                    </li>
                );
            })}
        </ol>
    );
}
