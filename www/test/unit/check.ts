// What the unit tests say.

export function equal<T>(got: T, wanted: T, what = ''): void {
    const g = JSON.stringify(got);
    const w = JSON.stringify(wanted);
    if (g !== w) throw new Error(`${what}${what && ': '}got ${g}, wanted ${w}`);
}

export function near(got: number, wanted: number, within: number, what = ''): void {
    if (!(Math.abs(got - wanted) <= within)) throw new Error(`${what}${what && ': '}got ${got}, wanted ${wanted} ± ${within}`);
}

export function truth(condition: unknown, what: string): asserts condition {
    if (!condition) throw new Error(what);
}
