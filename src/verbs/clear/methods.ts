/** What `clear` may be told to do: each has its column in rules.ts. */
export const methods = ['Release', 'Clear', 'Preempt', 'Reset'] as const;
export type Method = (typeof methods)[number];
