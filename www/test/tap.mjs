// The smallest TAP: cases are run in order, a thrown error fails one.

export class Tap {
    count = 0;
    failed = 0;

    async case(text, run) {
        this.count++;
        try {
            const skip = await run();
            console.log(`ok ${this.count} - ${text}${typeof skip === 'string' ? ` # SKIP ${skip}` : ''}`);
        } catch (e) {
            this.failed++;
            console.log(`not ok ${this.count} - ${text}`);
            for (const line of String(e?.stack ?? e).split('\n').slice(0, 12)) console.log(`# ${line}`);
        }
    }

    skip(text, why) {
        console.log(`ok ${++this.count} - ${text} # SKIP ${why}`);
    }

    /** Call last: prints the plan and sets the exit code. */
    end() {
        console.log(`1..${this.count}`);
        process.exitCode = this.failed ? 1 : 0;
    }
}
