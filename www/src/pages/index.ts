// The pages: a line each. A new page is a file beside this one, a line here and its words.

import type { FunctionComponent } from 'preact';
import { address, type Route } from '../route';
import type { Store } from '../store';
import { words } from '../words';
import { Circuit } from './circuit';
import { Events } from './events';
import { Network } from './network';
import { NotFound } from './not_found';
import { Overview } from './overview';
import { Vocabulary } from './vocabulary';

export interface Page {
    /** first part of its address */
    first: string;
    /** text of its link at the top; without: reached by links from other pages */
    link?: string;
    title(store: Store, route: Route): string;
    View: FunctionComponent<{ route: Route }>;
}

const pages: readonly Page[] = [
    { first: '', link: words.nav.overview, title: () => words.overview.title, View: Overview },
    { first: 'network', link: words.nav.network, title: () => words.nav.network, View: Network },
    {
        first: 'circuit',
        title: (s, r) =>
            s.circuit(Number(r.parts[1]), Number(r.parts[2]))?.load.name ?? words.overview.name,
        View: Circuit,
    },
    { first: 'events', link: words.nav.events, title: () => words.events.title, View: Events },
    { first: 'vocabulary', link: words.nav.words, title: () => words.vocabulary.title, View: Vocabulary },
];

const notFound: Page = { first: '', title: () => words.notFound.title, View: NotFound };

export function findPage(route: Route): Page {
    return pages.find((p) => p.first === (route.parts[0] ?? '')) ?? notFound;
}

export const navigation: readonly (readonly [to: string, text: string, first: string])[] = pages.flatMap((p) =>
    p.link === undefined ? [] : [[p.first ? address(p.first) : address(), p.link, p.first] as const],
);
