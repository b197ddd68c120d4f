// Every view has an address behind the #, which can be kept or sent to a colleague. A page is one
// line in pages/index.ts; this file only splits addresses and tells who listens that one was opened.

export interface Route {
    /** decoded parts: #/circuit/3/1 is ["circuit", "3", "1"]; the overview is [] */
    readonly parts: readonly string[];
}

function decode(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

export function parse(hash: string): Route {
    return { parts: hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decode) };
}

export function address(...parts: readonly (string | number)[]): string {
    return '#/' + parts.map((p) => encodeURIComponent(String(p))).join('/');
}

export function onRoute(listener: (route: Route) => void): () => void {
    const tell = (): void => listener(parse(location.hash));
    addEventListener('hashchange', tell);
    return () => removeEventListener('hashchange', tell);
}
