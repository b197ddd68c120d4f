// A titled box; what stands at the right of its title are its switches and remarks.

import type { ComponentChildren } from 'preact';

export interface CardProps {
    title: string;
    id: string;
    class?: string;
    aside?: ComponentChildren;
    children: ComponentChildren;
}

export function Card({ title, id, class: extra = '', aside, children }: CardProps) {
    return (
        <section class={`card ${extra}`} aria-labelledby={`${id}-title`} id={id}>
            <header class="card-head">
                <h2 id={`${id}-title`}>{title}</h2>
                {aside !== undefined && <div class="card-aside">{aside}</div>}
            </header>
            {children}
        </section>
    );
}
