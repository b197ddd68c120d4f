// A row of buttons of which one is pressed.

export interface ChoiceProps<T extends string> {
    label: string;
    options: readonly (readonly [value: T, text: string])[];
    value: T;
    onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, options, value, onChange }: ChoiceProps<T>) {
    return (
        <div class="choice" role="group" aria-label={label}>
            {options.map(([v, text]) => (
                <button type="button" key={v} aria-pressed={v === value} onClick={() => onChange(v)}>
                    {text}
                </button>
            ))}
        </div>
    );
}
