// All events that the meter still tells of.

import { EventList } from '../parts/event_list';
import { useStore } from '../store';
import { words } from '../words';

export function Events() {
    const s = useStore();
    return (
        <>
            <div class="page-head">
                <h1>{words.events.title}</h1>
            </div>
            <div class="card wide-events">
                <EventList store={s} events={s.events} known={s.eventsKnown} />
            </div>
        </>
    );
}
