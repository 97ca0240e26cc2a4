/*
 * What the lab's driver (labdisk.c) and its control program (labctl.c) agree on.
 *
 * The control device is \\.\StorageReleaseLab. All structures are little-endian, of 32-bit fields, without
 * padding.
 */
#ifndef LABDISK_H
#define LABDISK_H

#define LAB_CODE(function) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (function), METHOD_BUFFERED, FILE_ANY_ACCESS)

/* out: LAB_COUNTERS[], as many whole rows as fit; Information says how many bytes that is */
#define IOCTL_LAB_COUNTERS LAB_CODE(0)
/* no buffers; every counter but `pending`, which is a fact and no count, becomes 0 */
#define IOCTL_LAB_RESET LAB_CODE(1)
/* in: the status, 32 bits; out: how many requests it completed, 32 bits */
#define IOCTL_LAB_COMPLETE LAB_CODE(2)
/* in: LAB_SET */
#define IOCTL_LAB_SET LAB_CODE(3)
/* no buffers; every unit behaves as at the start again; what hangs still hangs */
#define IOCTL_LAB_RESTORE LAB_CODE(4)
/* in: LAB_EVENT; ends with STATUS_DEVICE_BUSY where a command of the other host meets a reservation conflict */
#define IOCTL_LAB_EVENT LAB_CODE(5)

enum LAB_KIND { LAB_DISK, LAB_TAPE, LAB_CHANGER };

/*
 * The behaviours: name, what an open meets, what QUERY_PROPERTY does, what RELEASE and RESERVE do, with which
 * status, and how the identity is falsified. Append only: the position is the number that travels.
 *
 * ANSWER completes at once with the status; HOLD pends without a cancel routine, YIELD with one; LATER completes
 * from the driver's thread after LAB_DELAY_MS.
 *
 * OPENS leads to the unit. Wine neither waits for IRP_MJ_CREATE nor looks at its status (its server makes the file
 * object and queues the request), so a driver can neither refuse an open there nor let it hang. A refusal comes
 * from the name instead: DENIED leads to a pipe that cannot be read from, which ends an open with GENERIC_READ
 * with ERROR_ACCESS_DENIED (`labctl hold` keeps that pipe); GONE means no name at all. There is no way to let an
 * open hang, so there is no such behaviour.
 */
#define LAB_BEHAVIOURS(row) \
    row(accepted, OPENS, ANSWER, ANSWER, 0x00000000, TRUE_IDENTITY) \
    row(conflict, OPENS, ANSWER, ANSWER, 0x80000011, TRUE_IDENTITY)    /* STATUS_DEVICE_BUSY */ \
    row(unsupported, OPENS, ANSWER, ANSWER, 0xC0000010, TRUE_IDENTITY) /* STATUS_INVALID_DEVICE_REQUEST */ \
    row(notready, OPENS, ANSWER, ANSWER, 0xC00000A3, TRUE_IDENTITY)    /* STATUS_DEVICE_NOT_READY */ \
    row(hung, OPENS, ANSWER, HOLD, 0x00000000, TRUE_IDENTITY) \
    row(slow, OPENS, ANSWER, LATER, 0x00000000, TRUE_IDENTITY) \
    row(vanishing, OPENS, ANSWER, ANSWER, 0xC000000E, TRUE_IDENTITY)   /* STATUS_NO_SUCH_DEVICE */ \
    row(cancellable, OPENS, ANSWER, YIELD, 0x00000000, TRUE_IDENTITY) \
    row(hangquery, OPENS, HOLD, ANSWER, 0x00000000, TRUE_IDENTITY) \
    row(denied, DENIED, ANSWER, ANSWER, 0x00000000, TRUE_IDENTITY) \
    row(gone, GONE, ANSWER, ANSWER, 0x00000000, TRUE_IDENTITY) \
    row(timeout, OPENS, ANSWER, ANSWER, 0xC00000B5, TRUE_IDENTITY)     /* STATUS_IO_TIMEOUT */ \
    row(unmapped, OPENS, ANSWER, ANSWER, 0xC0ABCDEF, TRUE_IDENTITY)    /* a status that nothing maps */ \
    row(renumbered, OPENS, ANSWER, ANSWER, 0x00000000, OTHER_NUMBER) \
    row(garbage, OPENS, ANSWER, ANSWER, 0x00000000, BROKEN_DESCRIPTORS)

#define LAB_BEHAVIOUR_ENUM(name, open, query, release, status, identity) LAB_##name,
enum LAB_BEHAVIOUR { LAB_BEHAVIOURS(LAB_BEHAVIOUR_ENUM) LAB_BEHAVIOUR_COUNT };

/*
 * What happens to a disk with reservations (`model` of its row) while nobody of this host does anything. Append
 * only. Value: of KEYS how many initiators have registered from now on, of ODD a LAB_ODDITY, of READY a LAB_READINESS,
 * of READS a LAB_READING, of TYPE the type of the persistent reservation that the first registrant holds (0: nobody
 * holds one), of OUTS a LAB_OUT with the service action in its second byte (LAB_EVERY_ACTION: all of them), of RESETS
 * a LAB_RESETTING, which is the adapter's for this disk.
 */
enum LAB_EVENT_KIND {
    LAB_OTHER_RESERVES, LAB_OTHER_RELEASES, LAB_KEYS, LAB_UNIT_RESET, LAB_ODD, LAB_READY, LAB_READS, LAB_TYPE, LAB_OUTS,
    LAB_RESETS
};

/*
 * What becomes of PERSISTENT RESERVE OUT: what it should; answered with success and not done, as the class driver takes
 * some refusals; done, and answered with a conflict, as when it is sent again after its answer was lost; refused; held.
 */
#define LAB_OUTS_ROWS(row) row(rightly) row(silent) row(lost) row(refused) row(hold)
#define LAB_OUT_ENUM(name) LAB_OUT_##name,
enum LAB_OUT { LAB_OUTS_ROWS(LAB_OUT_ENUM) LAB_OUT_COUNT };
#define LAB_EVERY_ACTION 0xFF
enum { LAB_ACTIONS = 7 };

/* What IOCTL_STORAGE_BREAK_RESERVATION does: a reset of the unit; nothing, with success; nothing, refused. */
#define LAB_RESETTINGS(row) row(unit) row(nothing) row(refused)
#define LAB_RESETTING_ENUM(name) LAB_RESETS_##name,
enum LAB_RESETTING { LAB_RESETTINGS(LAB_RESETTING_ENUM) LAB_RESETTING_COUNT };

/* The adapter that all disks stand on, \\.\Scsi7:, and the address of a disk there; its LUN is its number. */
#define LAB_PORT 7
#define LAB_PATH 1
#define LAB_TARGET 2

/* How such a disk answers CHECK_VERIFY: rightly; or with success also while the other host holds it. */
#define LAB_READINESSES(row) row(rightly) row(always)
#define LAB_READINESS_ENUM(name) LAB_READY_##name,
enum LAB_READINESS { LAB_READINESSES(LAB_READINESS_ENUM) LAB_READINESS_COUNT };

/* How such a disk is read: at once; when the control device says so, without a cancel routine (hold) or with one. */
#define LAB_READINGS(row) row(rightly) row(hold) row(yield)
#define LAB_READING_ENUM(name) LAB_READS_##name,
enum LAB_READING { LAB_READINGS(LAB_READING_ENUM) LAB_READING_COUNT };

/*
 * How such a disk answers PERSISTENT RESERVE IN: rightly; in fewer bytes than a header takes; with a length that
 * no buffer holds; with a length that no whole number of items takes; with bytes that mean nothing.
 */
#define LAB_ODDITIES(row) row(none) row(short) row(long) row(length) row(garbage)
#define LAB_ODDITY_ENUM(name) LAB_ODD_##name,
enum LAB_ODDITY { LAB_ODDITIES(LAB_ODDITY_ENUM) LAB_ODDITY_COUNT };

/* Keys that use all of their 64 bits and are all different: multiples of an odd number. */
#define LAB_KEY(index) (0x9E3779B97F4A7C15ull * ((index) + 1))
/* READ FULL STATUS of so many still fits the 65,535 bytes that can be asked for. */
#define LAB_MOST_KEYS 1000

#define LAB_DENYING_PIPE L"StorageReleaseLabDenied"
#define LAB_DELAY_MS 500
#define LAB_OTHER_NUMBER 99
/* What a request that was held says in each byte of its output. */
#define LAB_LATE_BYTE 0xA5

typedef struct LAB_COUNTERS {
    ULONG Kind;      /* @0 enum LAB_KIND */
    ULONG Number;    /* @4 */
    ULONG Behaviour; /* @8 enum LAB_BEHAVIOUR */
    ULONG Status;    /* @12 NTSTATUS that RELEASE ends with */
    ULONG Opens;     /* @16 those that came as far as the driver */
    ULONG Closes;    /* @20 */
    ULONG Releases;  /* @24 */
    ULONG Reserves;  /* @28 */
    ULONG Verifies;  /* @32 CHECK_VERIFY and CHECK_VERIFY2 */
    ULONG Queries;   /* @36 GET_DEVICE_NUMBER, QUERY_PROPERTY, IS_CLUSTERED, SCSI_GET_ADDRESS, and what Windows asks of its use */
    ULONG Lists;     /* @40 PERSISTENT RESERVE IN, by its own control code and by pass-through */
    ULONG Others;    /* @44 every other control code, and pass-through of every other command */
    ULONG LastCode;  /* @48 the last of those */
    ULONG Pending;   /* @52 requests that the driver holds now */
    ULONG Reads;     /* @56 IRP_MJ_READ, of every kind of device */
    ULONG Outs[LAB_ACTIONS]; /* @60 PERSISTENT RESERVE OUT, by service action */
    ULONG Resets;    /* @88 IOCTL_STORAGE_BREAK_RESERVATION to the adapter, with this disk's address */
} LAB_COUNTERS;      /* 92 bytes */

typedef struct LAB_SET {
    ULONG Kind;      /* @0 */
    ULONG Number;    /* @4 */
    ULONG Behaviour; /* @8 LAB_BEHAVIOUR_COUNT leaves it as it is */
    ULONG HasStatus; /* @12 0: the status of the behaviour */
    ULONG Status;    /* @16 */
} LAB_SET;           /* 20 bytes */

typedef struct LAB_EVENT {
    ULONG Kind;   /* @0 */
    ULONG Number; /* @4 */
    ULONG Event;  /* @8 enum LAB_EVENT_KIND */
    ULONG Value;  /* @12 */
} LAB_EVENT;      /* 16 bytes */

#endif
