// Scripts of steps with what tgt 1.0.85 answered to each; the language is that of steps.ts. Where tgt does
// something else than the standard says, the row is there to keep it in sight.

export interface Row {
  readonly name: string;
  /** Steps, parted by semicolons. */
  readonly steps: string;
}

/** [type, may a registrant read, write; may a stranger read, write; do all registrants hold] (SPC-3 table 33). */
const types: readonly (readonly [number, boolean, boolean, boolean, boolean, boolean])[] = [
  [1, true, false, true, false, false],
  [3, false, false, false, false, false],
  [5, true, true, true, false, false],
  [6, true, true, false, false, false],
  [7, true, true, true, false, true],
  [8, true, true, false, false, true],
];
const says = (letsIn: boolean) => (letsIn ? 'GOOD' : 'CONFLICT');

// What libiscsi's conformance tests ask of a target, in our words: Reserve6, PrinReadKeys, PrinServiceactionRange,
// PrinReportCapabilities, ProutRegister, ProutClear, ProutPreempt, ProutReserve. READ FULL STATUS, which the range
// test wants, is not there in tgt. Afterwards everything is undone, which the last step shows.
const conformance: readonly Row[] = [
  { name: 'Reserve6, simple', steps: 'A reserve6: GOOD; A release6: GOOD; B write: GOOD' },
  { name: 'Reserve6, two initiators', steps: `
    A reserve6: GOOD; A reserve6: GOOD; B reserve6: CONFLICT; B release6: GOOD; A write: GOOD;
    B write: CONFLICT; B reserve6: CONFLICT; A release6: GOOD; B reserve6: GOOD; A write: CONFLICT;
    B release6: GOOD; A write: GOOD` },
  { name: 'Reserve6, logout', steps: `
    A reserve6: GOOD; B reserve6: CONFLICT; A logout: done; A login: done; B reserve6: GOOD;
    B release6: GOOD; A tur: 6/2900; A write: GOOD` },
  { name: 'Reserve6, LUN reset', steps: `
    A reserve6: GOOD; A reset: done; B tur: 6/2900; B reserve6: GOOD; B release6: GOOD; A tur: 6/2900;
    A write: GOOD` },
  { name: 'PrinReadKeys, simple', steps: 'A keys 4000: GOOD g0 none' },
  { name: 'PrinReadKeys, truncated', steps: `
    A ignore 0 1: GOOD; A keys 8: GOOD g1 none and more; A register 1 0: GOOD; A keys: GOOD g2 none` },
  { name: 'PrinServiceactionRange, there', steps: `
    A keys: GOOD g0 none; A held: GOOD g0 none; A capabilities: GOOD 00080080ea010000` },
  ...Array.from({ length: 28 }, (_, index) => (index + 4).toString(16)).map((action) => (
    { name: `PrinServiceactionRange, ${action} is not there`, steps: `A in ${action}: 5/2400` })),
  { name: 'ProutRegister', steps: `
    A ignore 0 1: GOOD; A keys: GOOD g1 1; A register 2 1: CONFLICT; A register 1 0: GOOD;
    A keys: GOOD g2 none` },
  { name: 'ProutClear', steps: `
    A ignore 0 1: GOOD; A keys: GOOD g1 1; A reserve 1 3: GOOD; A held: GOOD g1 1:3; A clear 1: GOOD;
    A held: GOOD g2 none; A keys: GOOD g2 none` },
  { name: 'ProutPreempt', steps: `
    A ignore 0 1: GOOD; A clear 1: GOOD; A ignore 0 1: GOOD; B ignore 0 2: GOOD; A keys: GOOD g4 1,2;
    B preempt 2 1 3: GOOD; A tur: 6/2a03; B tur: GOOD; A keys: GOOD g5 2; B register 2 0: GOOD;
    A keys: GOOD g6 none` },
  // In tgt, the last registrant to go with the reservation counts twice.
  ...types.flatMap(([type, read, write, strangerReads, strangerWrites, shared]): readonly Row[] => [
    { name: `ProutReserve, simple, type ${type}`, steps: `
      A ignore 0 1: GOOD; A reserve 1 ${type}: GOOD; A held: GOOD g1 ${shared ? 0 : 1}:${type};
      A release 1 ${type}: GOOD; A held: GOOD g1 none; A register 1 0: GOOD; A keys: GOOD g2 none` },
    { name: `ProutReserve, access, type ${type}`, steps: `
      A ignore 0 1: GOOD; B ignore 0 2: GOOD; A reserve 1 ${type}: GOOD;
      A held: GOOD g2 ${shared ? 0 : 1}:${type}; A read: GOOD; A write: GOOD; B read: ${says(read)};
      B write: ${says(write)}; B tur: GOOD; B register 2 0: GOOD; B read: ${says(strangerReads)};
      B write: ${says(strangerWrites)}; B tur: GOOD; A release 1 ${type}: GOOD; A register 1 0: GOOD;
      B keys: GOOD g4 none` },
    { name: `ProutReserve, ownership, type ${type}`, steps: shared
      ? `A ignore 0 1: GOOD; B ignore 0 2: GOOD; A reserve 1 ${type}: GOOD; A held: GOOD g2 0:${type};
        A register 1 0: GOOD; A held: GOOD g3 0:${type}; B release 2 ${type}: GOOD; B register 2 0: GOOD;
        A held: GOOD g4 none`
      : `A ignore 0 1: GOOD; B ignore 0 2: GOOD; A reserve 1 ${type}: GOOD; A held: GOOD g2 1:${type};
        A register 1 0: GOOD; A tur: 6/2a04; A held: GOOD g4 none; B tur: GOOD; B register 2 0: GOOD;
        A keys: GOOD g5 none` },
  ]),
];

// tgt's own ways, and the corners that the tests above leave out.
const corners: readonly Row[] = [
  { name: 'REGISTER needs the old key', steps: `
    A register 0 1: GOOD; A register 0 2: CONFLICT; A register 1 2: GOOD; B register 9 2: CONFLICT;
    A keys: GOOD g2 2` },
  { name: 'REGISTER AND IGNORE EXISTING KEY does not', steps: `
    A register 0 1: GOOD; A ignore 0 2: GOOD; B ignore 7 3: GOOD; A keys: GOOD g3 2,3` },
  { name: 'key 0 unregisters', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A register 1 0: GOOD; B keys: GOOD g3 2;
    A register 1 2: CONFLICT` },
  { name: 'key 0 of nobody', steps: `
    A register 0 0: GOOD; A keys: GOOD g1 none; A ignore 0 0: GOOD; A keys: GOOD g2 none` },
  { name: 'two initiators, one key', steps: `
    A register 0 1: GOOD; B register 0 1: GOOD; A keys: GOOD g2 1,1; A register 1 0: GOOD;
    B keys: GOOD g3 1` },
  { name: 'keys keep all their 64 bits', steps: `
    A register 0 ffffffffffffffff: GOOD; B register 0 8000000000000001: GOOD;
    A keys: GOOD g2 ffffffffffffffff,8000000000000001; B reserve 8000000000000001 1: GOOD;
    A held: GOOD g2 8000000000000001:1` },
  { name: 'RESERVE needs a registration', steps: `
    A reserve 0 1: CONFLICT; A register 0 1: GOOD; A reserve 1 1: GOOD; A held: GOOD g1 1:1` },
  { name: 'RESERVE with a wrong key', steps: `
    A register 0 1: GOOD; A reserve 2 1: GOOD; A held: GOOD g1 1:1` },
  { name: 'RESERVE again, of the same type only', steps: `
    A register 0 1: GOOD; A reserve 1 1: GOOD; A reserve 1 1: GOOD; A reserve 1 3: CONFLICT;
    A held: GOOD g1 1:1` },
  { name: 'RESERVE against a holder', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; B reserve 2 1: CONFLICT;
    B reserve 2 3: CONFLICT; A held: GOOD g2 1:1` },
  { name: 'types and scopes that are not there', steps: `
    A register 0 1: GOOD; A reserve 1 0: 5/2400; A reserve 1 2: 5/2400; A reserve 1 4: 5/2400;
    A reserve 1 9: 5/2400; A reserve 1 11: 5/2400; A held: GOOD g1 none` },
  { name: 'types that are not there, of a stranger', steps: `
    A reserve 1 2: 5/2400; A release 1 2: CONFLICT` },
  { name: 'RELEASE frees', steps: `
    A register 0 1: GOOD; A reserve 1 3: GOOD; B write: CONFLICT; A release 1 3: GOOD; B write: GOOD;
    A keys: GOOD g1 1` },
  { name: 'RELEASE of nothing', steps: `
    A release 1 1: CONFLICT; A register 0 1: GOOD; A release 1 1: GOOD; A release 9 1: GOOD;
    A release 1 2: GOOD; A keys: GOOD g1 1` },
  { name: 'RELEASE with a wrong key', steps: `
    A register 0 1: GOOD; A reserve 1 1: GOOD; A release 2 1: CONFLICT; A held: GOOD g1 1:1` },
  { name: 'RELEASE with another type or scope', steps: `
    A register 0 1: GOOD; A reserve 1 1: GOOD; A release 1 3: 5/2604; A release 1 2: 5/2604;
    A release 1 11: 5/2604; A held: GOOD g1 1:1` },
  { name: 'RELEASE of a registrant that holds nothing', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; B release 2 1: GOOD;
    B release 9 1: GOOD; B release 2 2: GOOD; A held: GOOD g2 1:1` },
  { name: 'RELEASE of a stranger', steps: `
    A register 0 1: GOOD; A reserve 1 1: GOOD; B release 1 1: CONFLICT; A held: GOOD g1 1:1` },
  { name: 'CLEAR takes all and tells the others', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 3: GOOD; B clear 2: GOOD; A tur: 6/2a03;
    A tur: GOOD; B tur: GOOD; A keys: GOOD g3 none; A held: GOOD g3 none` },
  { name: 'CLEAR needs the key', steps: `
    A clear 0: CONFLICT; A register 0 1: GOOD; A clear 2: CONFLICT; B clear 1: CONFLICT;
    A keys: GOOD g1 1` },
  { name: 'CLEAR without a reservation', steps: `
    A register 0 1: GOOD; A clear 1: GOOD; A keys: GOOD g2 none` },
  { name: 'PREEMPT takes the reservation over', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; B preempt 2 1 3: GOOD;
    A tur: 6/2a03; A tur: GOOD; A write: CONFLICT; B keys: GOOD g3 2; B held: GOOD g3 2:3` },
  { name: 'PREEMPT of a registrant only', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; A preempt 1 2 1: GOOD;
    B tur: 6/2a03; B tur: GOOD; B write: CONFLICT; A keys: GOOD g3 1; A held: GOOD g3 1:1` },
  { name: 'PREEMPT without a reservation', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; B preempt 2 1 3: GOOD; A tur: 6/2a03; A tur: GOOD;
    B tur: GOOD; B keys: GOOD g3 2; B held: GOOD g3 none` },
  { name: "PREEMPT of one's own key, without a reservation", steps: `
    A register 0 1: GOOD; A preempt 1 1 1: GOOD; A keys: GOOD g2 1` },
  { name: "PREEMPT of one's own key, as the holder", steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; A preempt 1 1 3: GOOD;
    B tur: 6/2a04; B tur: GOOD; A keys: GOOD g3 1,2; A held: GOOD g3 1:3` },
  { name: 'PREEMPT of a key that is not there', steps: `
    A register 0 1: GOOD; A preempt 1 7 1: CONFLICT; A reserve 1 1: GOOD; A preempt 1 7 1: CONFLICT;
    A keys: GOOD g1 1` },
  { name: 'PREEMPT with a wrong key', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; B preempt 3 1 1: CONFLICT;
    B preempt 1 1 1: CONFLICT; A held: GOOD g2 1:1` },
  { name: 'PREEMPT of a stranger', steps: `
    A register 0 1: GOOD; A reserve 1 1: GOOD; B preempt 0 1 1: CONFLICT; B preempt 1 1 1: CONFLICT;
    A held: GOOD g1 1:1` },
  { name: 'PREEMPT of key 0, without a reservation', steps: `
    A register 0 1: GOOD; A preempt 1 0 1: GOOD; A keys: GOOD g2 1` },
  { name: 'PREEMPT of key 0, against a holder', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; B preempt 2 0 1: 5/2400;
    A keys: GOOD g2 1,2` },
  { name: 'PREEMPT of a key that two have', steps: `
    A register 0 1: GOOD; B register 0 1: GOOD; A reserve 1 3: GOOD; B preempt 1 1 3: GOOD;
    A tur: 6/2a03; A tur: GOOD; B tur: GOOD; B keys: GOOD g3 1; B held: GOOD g3 1:3` },
  { name: 'PREEMPT of a registrant, of a type that is not there', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A preempt 1 2 2: GOOD; B tur: 6/2a03;
    A keys: GOOD g3 1` },
  { name: 'PREEMPT of the holder, of a type that is not there', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; B preempt 2 1 2: GOOD;
    A tur: 6/2a03; B held: GOOD g3 2:2; A read: CONFLICT` },
  { name: 'PREEMPT that changes the type tells the registrant left', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; C register 0 3: GOOD; A reserve 1 5: GOOD;
    B preempt 2 1 6: GOOD; C tur: 6/2a04; C tur: GOOD; A tur: 6/2a03; A tur: GOOD; B tur: GOOD;
    B keys: GOOD g4 2,3; B held: GOOD g4 2:6` },
  { name: 'PREEMPT that keeps the type tells the registrant left nothing', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; C register 0 3: GOOD; A reserve 1 5: GOOD;
    B preempt 2 1 5: GOOD; C tur: GOOD; A tur: 6/2a03; B tur: GOOD; B held: GOOD g4 2:5` },
  { name: 'PREEMPT AND ABORT', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; B abort 2 1 3: 5/2400; A tur: GOOD;
    B keys: GOOD g2 1,2; B held: GOOD g2 1:1` },
  { name: 'the holder changes its key', steps: `
    A register 0 1: GOOD; A reserve 1 1: GOOD; A register 1 9: GOOD; A held: GOOD g2 9:1;
    A release 1 1: CONFLICT; A release 9 1: GOOD; A held: GOOD g2 none` },
  { name: 'all registrants hold: each may reserve again, none another type', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 7: GOOD; B reserve 2 7: GOOD;
    B reserve 2 8: CONFLICT; C reserve 0 7: CONFLICT; A held: GOOD g2 0:7` },
  { name: 'all registrants hold: each may release', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 7: GOOD; B release 2 7: GOOD; A tur: GOOD;
    B tur: GOOD; A held: GOOD g2 none` },
  { name: 'all registrants hold: the last goes', steps: `
    A register 0 1: GOOD; A reserve 1 7: GOOD; A register 1 0: GOOD; A held: GOOD g3 none;
    A keys: GOOD g3 none` },
  { name: 'all registrants hold: until the last goes', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 8: GOOD; A register 1 0: GOOD;
    A write: CONFLICT; B write: GOOD; B held: GOOD g3 0:8; B register 2 0: GOOD; A tur: GOOD;
    B tur: GOOD; B held: GOOD g5 none` },
  { name: 'all registrants hold: a new one is let in', steps: `
    A register 0 1: GOOD; A reserve 1 8: GOOD; B read: CONFLICT; B register 0 2: GOOD; B read: GOOD;
    B held: GOOD g2 0:8` },
  { name: 'all registrants hold: PREEMPT of key 0 takes it alone', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 7: GOOD; B preempt 2 0 1: GOOD;
    A tur: 6/2a03; A tur: GOOD; B keys: GOOD g3 2; B held: GOOD g3 2:1` },
  { name: 'all registrants hold: PREEMPT of key 0 keeps the type', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 7: GOOD; B preempt 2 0 7: GOOD;
    A tur: 6/2a03; A tur: GOOD; B keys: GOOD g3 2; B held: GOOD g3 0:7` },
  { name: "all registrants hold: PREEMPT of another's key", steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 7: GOOD; A preempt 1 2 7: GOOD;
    B tur: 6/2a03; B tur: GOOD; A keys: GOOD g3 1; A held: GOOD g3 0:7` },
  { name: 'the holder unregisters: types with one holder', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; A register 1 0: GOOD; B tur: GOOD;
    B tur: GOOD; A tur: 6/2a04; A tur: GOOD; A keys: GOOD g4 2` },
  { name: 'the holder unregisters: registrants only', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 5: GOOD; A register 1 0: GOOD; B tur: GOOD;
    B tur: GOOD; A tur: 6/2a04; A tur: GOOD; A keys: GOOD g4 2` },
  { name: 'the holder unregisters, and is alone', steps: `
    A register 0 1: GOOD; A reserve 1 1: GOOD; A register 1 0: GOOD; A tur: GOOD; B tur: GOOD;
    A keys: GOOD g3 none` },
  { name: 'a registrant unregisters, not the holder', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 5: GOOD; B register 2 0: GOOD; A tur: GOOD;
    B tur: GOOD; B write: CONFLICT; A held: GOOD g3 1:5` },
  { name: 'the holder releases: types with one holder', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; A release 1 1: GOOD; B tur: GOOD;
    B tur: GOOD; A tur: 6/2a04; A tur: GOOD` },
  { name: 'the holder releases: registrants only', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 5: GOOD; A release 1 5: GOOD; B tur: GOOD;
    B tur: GOOD; A tur: GOOD; A tur: GOOD` },
  { name: 'the holder releases, three registrants', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; C register 0 3: GOOD; A reserve 1 3: GOOD;
    A release 1 3: GOOD; A tur: 6/2a04; A tur: 6/2a04; A tur: GOOD; B tur: 6/2a04; B tur: GOOD;
    C tur: 6/2a04; C tur: GOOD` },
  { name: 'the holder releases, and another only looks on', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; A release 1 1: GOOD; C tur: 6/2a04;
    C tur: GOOD` },
  { name: 'the holder unregisters, and another only looks on', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 1: GOOD; A register 1 0: GOOD; C tur: 6/2a04;
    C tur: GOOD` },
  { name: 'RESERVE(6) beside a persistent reservation', steps: `
    A register 0 1: GOOD; A reserve 1 1: GOOD; B reserve6: GOOD; A tur: CONFLICT; A write: CONFLICT;
    B write: CONFLICT; A held: GOOD g1 1:1; B release6: GOOD; A write: GOOD` },
  { name: 'RELEASE(6) of everybody leaves persistent reservations alone', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 3: GOOD; A release6: GOOD; B release6: GOOD;
    C release6: GOOD; A keys: GOOD g2 1,2; A held: GOOD g2 1:3` },
  { name: "PERSISTENT RESERVE OUT under another's RESERVE(6)", steps: `
    A reserve6: GOOD; B register 0 2: GOOD; B reserve 2 3: GOOD; A tur: GOOD; A write: CONFLICT;
    B write: CONFLICT; A release6: GOOD; A write: CONFLICT; B write: GOOD; B held: GOOD g1 2:3` },
  { name: 'a persistent reservation outlives a reset', steps: `
    A register 0 1: GOOD; A reserve 1 3: GOOD; B reset: done; A tur: 6/2900; A tur: GOOD; B tur: 6/2900;
    B tur: GOOD; B write: CONFLICT; A keys: GOOD g1 1; A held: GOOD g1 1:3` },
  { name: 'a reset tells also whoever never reserved', steps: `
    A reserve6: GOOD; A reset: done; C tur: 6/2900; C tur: GOOD; B tur: 6/2900; B reserve6: GOOD;
    A tur: 6/2900; A tur: CONFLICT` },
  { name: 'two resets', steps: `
    A reset: done; A reset: done; A tur: 6/2900; A tur: 6/2900; A tur: GOOD` },
  { name: 'a reset, then a preemption', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reset: done; B tur: 6/2900; B preempt 2 1 1: GOOD;
    A tur: 6/2900; A tur: 6/2a03; A tur: GOOD` },
  { name: 'REQUEST SENSE of what a reset left to tell', steps: `
    A reset: done; A sense: 6/2900; A tur: 6/2900; A tur: GOOD; A sense: GOOD 0/0000` },
  { name: "REQUEST SENSE under another's RESERVE(6)", steps: `
    A reserve6: GOOD; B sense: GOOD 0/0000; A sense: GOOD 0/0000` },
  { name: 'a unit attention goes before a command that does not exist', steps: `
    A reset: done; A opcode 56: 6/2900; A opcode 56: 5/2000` },
  { name: 'a unit attention goes before a conflict', steps: `
    A reserve6: GOOD; B reset: done; A tur: 6/2900; A reserve6: GOOD; B write: 6/2900; B write: CONFLICT` },
  { name: 'a unit attention goes before PERSISTENT RESERVE OUT', steps: `
    A reset: done; A register 0 1: 6/2900; A keys: GOOD g0 none; A register 0 1: GOOD; A keys: GOOD g1 1` },
  { name: 'logout frees, and who comes back is told', steps: `
    A reserve6: GOOD; A logout: done; B write: GOOD; A login: done; A tur: 6/2900; A tur: GOOD;
    A reserve6: GOOD; B write: CONFLICT` },
  { name: 'logout of another frees nothing', steps: `
    A reserve6: GOOD; B logout: done; A write: GOOD; B login: done; B tur: 6/2900; B write: CONFLICT` },
  { name: 'logout leaves a persistent reservation', steps: `
    A register 0 1: GOOD; A reserve 1 3: GOOD; A logout: done; B write: CONFLICT; B keys: GOOD g1 1;
    B held: GOOD g1 1:3` },
  { name: 'a registrant comes back', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A logout: done; A login: done; A tur: 6/2900;
    A register 1 3: CONFLICT; A register 0 3: GOOD; B keys: GOOD g3 1,2,3` },
  { name: 'the holder comes back', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 3: GOOD; A logout: done; A login: done;
    A tur: 6/2900; A write: CONFLICT; A release 1 3: CONFLICT; B held: GOOD g2 1:3;
    B preempt 2 1 3: GOOD; B write: GOOD; B keys: GOOD g3 2; B held: GOOD g3 2:3` },
  { name: 'a holder that came back is preempted and told nothing', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 3: GOOD; A logout: done; A login: done;
    A tur: 6/2900; B preempt 2 1 3: GOOD; A tur: GOOD` },
  { name: 'all registrants hold, and one comes back', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A reserve 1 8: GOOD; A logout: done; A login: done;
    A tur: 6/2900; A write: CONFLICT; B write: GOOD; B register 2 0: GOOD; C write: CONFLICT;
    C held: GOOD g3 0:8` },
  { name: 'what was to be told is forgotten at logout', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; B preempt 2 1 1: GOOD; A logout: done; A login: done;
    A tur: 6/2900; A tur: GOOD` },
  { name: 'READ KEYS with little room', steps: `
    A register 0 1: GOOD; B register 0 2: GOOD; A keys 8: GOOD g2 none and more;
    A keys 10: GOOD g2 1 and more; A keys 13: GOOD g2 1 and more; A keys 18: GOOD g2 1,2` },
  { name: 'READ KEYS with less than its header', steps: `
    A keys 0: 5/2400; A keys 7: 5/2400` },
  { name: 'READ RESERVATION with little room', steps: `
    A register 0 1: GOOD; A reserve 1 1: GOOD; A held 8: GOOD 0000000100000010;
    A held 10: GOOD 00000001000000100000000000000001;
    A held 18: GOOD 000000010000001000000000000000010000000000010000; A held 7: 5/2400` },
  { name: 'REPORT CAPABILITIES', steps: `
    A capabilities: GOOD 00080080ea010000; A capabilities 8: GOOD 00080080ea010000;
    A capabilities 7: 5/2400` },
  { name: 'READ FULL STATUS', steps: `
    A register 0 1: GOOD; A status: 5/2400` },
  { name: 'PERSISTENT RESERVE IN service actions from 4 on', steps: `
    A in 4: 5/2400; A in 5: 5/2400; A in 10: 5/2400; A in 1e: 5/2400; A in 1f: 5/2400` },
  { name: 'PERSISTENT RESERVE OUT service actions that are not there', steps: `
    A out 8: 5/2400; A out 10: 5/2400; A out 1f: 5/2400` },
  { name: 'a parameter list of another length', steps: `
    A short 0 1: 5/2400; A keys: GOOD g0 none` },
  { name: 'flags of the parameter list', steps: `
    A aptpl 0 1: 5/2400; A alltargets 0 1: 5/2400; A keys: GOOD g0 none` },
  { name: 'REGISTER AND MOVE without a destination', steps: `
    A register 0 1: GOOD; A reserve 1 1: GOOD; A move 1 2: 5/2400; A held: GOOD g1 1:1` },
  { name: "RESERVE(10) and RELEASE(10) under another's RESERVE(6)", steps: `
    A reserve6: GOOD; B reserve10: 5/2000; B release10: 5/2000; B opcode c1: 5/2000; B tur: CONFLICT` },
  { name: "who releases under another's persistent reservation may not write", steps: `
    A register 0 1: GOOD; A reserve 1 1: GOOD; B release6: GOOD; B write: CONFLICT; B read: GOOD` },
  { name: 'generation counts registrations, clears and preemptions', steps: `
    A register 0 1: GOOD; A register 0 9: CONFLICT; A register 1 1: GOOD; A reserve 1 1: GOOD;
    A release 1 1: GOOD; A keys: GOOD g2 1; B ignore 0 2: GOOD; A preempt 1 2 1: GOOD; A clear 1: GOOD;
    A keys: GOOD g5 none` },
];

export const rowsByGroup = [['what libiscsi asks', conformance], ['corners', corners]] as const;
