// The width that an element has now, in CSS pixels: charts draw in real pixels so that text stays text.

import { useLayoutEffect, useState } from 'preact/hooks';

/** Give the first of the pair to the element as its ref; it may come and go. */
export function useWidth(first: number): [(element: HTMLElement | null) => void, number] {
    const [element, setElement] = useState<HTMLElement | null>(null);
    const [width, setWidth] = useState(first);
    useLayoutEffect(() => {
        if (!element) return undefined;
        const measure = (): void => setWidth(Math.max(200, Math.floor(element.clientWidth)));
        measure();
        const watcher = new ResizeObserver(measure);
        watcher.observe(element);
        return () => watcher.disconnect();
    }, [element]);
    return [setElement, width];
}
