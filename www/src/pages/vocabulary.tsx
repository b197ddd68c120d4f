// Every quantity with its unit and its sentence; labels elsewhere link to their line here.

import { useEffect, useState } from 'preact/hooks';
import type { Route } from '../route';
import { useStore } from '../store';
import { words } from '../words';

export function Vocabulary({ route }: { route: Route }) {
    const s = useStore();
    const [filter, setFilter] = useState('');
    const wanted = route.parts[1];
    const sought = filter.trim().toLowerCase();
    const shown = [...s.quantities.values()].filter(
        (q) => !sought || q.name.toLowerCase().includes(sought) || q.sentence.toLowerCase().includes(sought),
    );
    useEffect(() => {
        if (wanted) document.getElementById(`q-${wanted}`)?.scrollIntoView({ block: 'center' });
    }, [wanted, s.installed]);
    return (
        <>
            <div class="page-head">
                <h1>{words.vocabulary.title}</h1>
                <p class="muted">{words.vocabulary.intro}</p>
                <label class="find">
                    <span class="sr">{words.vocabulary.filter}</span>
                    <input
                        type="search"
                        placeholder={words.vocabulary.filter}
                        value={filter}
                        onInput={(e) => setFilter(e.currentTarget.value)}
                    />
                </label>
            </div>
            <div class="card">
                <table class="vocabulary">
                    <thead>
                        <tr>
                            <th scope="col">{words.vocabulary.name}</th>
                            <th scope="col">{words.vocabulary.unit}</th>
                            <th scope="col">{words.vocabulary.meaning}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {shown.map((q) => (
                            <tr key={q.name} id={`q-${q.name}`} class={q.name === wanted ? 'wanted' : undefined}>
                                <th scope="row">{q.name}</th>
                                <td class="unit">{q.unit}</td>
                                <td>{q.sentence}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
                {s.installed && shown.length === 0 && <p class="none-here">{words.vocabulary.none}</p>}
            </div>
        </>
    );
}
