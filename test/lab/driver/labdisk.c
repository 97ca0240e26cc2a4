/*
 * The lab's kernel driver: disks, a tape and a changer that answer the storage control codes from tables.
 *
 * Three tables say it all: LAB_BEHAVIOURS (labdisk.h) what a unit does, `units` which units there are, `controls`
 * what each control code needs and who answers it. Some disks are shared: they know two initiators, this host (all
 * that comes through a handle) and another one (whom the control device plays), and keep to the rules of
 * reservations.
 *
 * Under Wine one thread dispatches for all devices: a dispatch routine must never wait. What completes later is
 * completed by a thread of the driver's own; a timer's deferred call is one more thing that Wine may not do.
 */
#include <ddk/ntddk.h>

#include "labdisk.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Control codes and layouts, spelled as the SDK does (whose header would hide what we test) */

#define IOCTL_SCSI_PASS_THROUGH 0x04D004
#define IOCTL_SCSI_GET_ADDRESS 0x041018
#define IOCTL_DISK_GET_DRIVE_LAYOUT_EX 0x070050
#define IOCTL_DISK_IS_CLUSTERED 0x0700F8
#define IOCTL_DISK_GET_CLUSTER_INFO 0x070214
#define IOCTL_STORAGE_CHECK_VERIFY2 0x2D0800
#define IOCTL_STORAGE_GET_DEVICE_NUMBER 0x2D1080
#define IOCTL_STORAGE_QUERY_PROPERTY 0x2D1400
#define IOCTL_STORAGE_CHECK_VERIFY 0x2D4800
#define IOCTL_STORAGE_RESERVE 0x2D4810
#define IOCTL_STORAGE_RELEASE 0x2D4814
#define IOCTL_STORAGE_BREAK_RESERVATION 0x2D5014
#define IOCTL_STORAGE_PERSISTENT_RESERVE_IN 0x2D5018
#define IOCTL_STORAGE_PERSISTENT_RESERVE_OUT 0x2DD01C

typedef struct STORAGE_DEVICE_NUMBER {
    ULONG DeviceType;      /* @0 FILE_DEVICE_x */
    ULONG DeviceNumber;    /* @4 */
    ULONG PartitionNumber; /* @8 0: the whole disk; all ones: has no partitions */
} STORAGE_DEVICE_NUMBER;   /* 12 bytes */

typedef struct STORAGE_PROPERTY_QUERY {
    ULONG PropertyId;               /* @0 */
    ULONG QueryType;                /* @4 */
    UCHAR AdditionalParameters[4];  /* @8 one byte, and the padding that Windows insists on */
} STORAGE_PROPERTY_QUERY;           /* 12 bytes */

enum { StorageDeviceProperty, StorageAdapterProperty, StorageDeviceIdProperty };
enum { PropertyStandardQuery, PropertyExistsQuery };

typedef struct STORAGE_DESCRIPTOR_HEADER {
    ULONG Version; /* @0 size of the fixed part */
    ULONG Size;    /* @4 size of the whole */
} STORAGE_DESCRIPTOR_HEADER;

typedef struct STORAGE_DEVICE_DESCRIPTOR {
    ULONG Version;               /* @0 */
    ULONG Size;                  /* @4 */
    UCHAR DeviceType;            /* @8 SCSI peripheral device type */
    UCHAR DeviceTypeModifier;    /* @9 */
    UCHAR RemovableMedia;        /* @10 */
    UCHAR CommandQueueing;       /* @11 */
    ULONG VendorIdOffset;        /* @12 from the start, 0: absent; NUL-terminated ASCII */
    ULONG ProductIdOffset;       /* @16 */
    ULONG ProductRevisionOffset; /* @20 */
    ULONG SerialNumberOffset;    /* @24 */
    ULONG BusType;               /* @28 STORAGE_BUS_TYPE */
    ULONG RawPropertiesLength;   /* @32 */
    UCHAR RawDeviceProperties[4];/* @36 */
} STORAGE_DEVICE_DESCRIPTOR;     /* 40 bytes */

typedef struct STORAGE_ADAPTER_DESCRIPTOR {
    ULONG Version;               /* @0 */
    ULONG Size;                  /* @4 */
    ULONG MaximumTransferLength; /* @8 */
    ULONG MaximumPhysicalPages;  /* @12 */
    ULONG AlignmentMask;         /* @16 */
    UCHAR Flags[4];              /* @20 AdapterUsesPio, AdapterScansDown, CommandQueueing, AcceleratedTransfer */
    UCHAR BusType;               /* @24 */
    UCHAR Padding;               /* @25 */
    USHORT BusMajorVersion;      /* @26 */
    USHORT BusMinorVersion;      /* @28 */
    UCHAR SrbType;               /* @30 */
    UCHAR AddressType;           /* @31 */
} STORAGE_ADAPTER_DESCRIPTOR;    /* 32 bytes */

typedef struct STORAGE_DEVICE_ID_DESCRIPTOR {
    ULONG Version;             /* @0 */
    ULONG Size;                /* @4 */
    ULONG NumberOfIdentifiers; /* @8 */
    /* @12 STORAGE_IDENTIFIER, one after the other by NextOffset */
} STORAGE_DEVICE_ID_DESCRIPTOR;

typedef struct STORAGE_IDENTIFIER {
    ULONG CodeSet;         /* @0 1 binary, 2 ASCII */
    ULONG Type;            /* @4 0 vendor specific, 1 T10 vendor id, 2 EUI-64, 3 NAA, 8 SCSI name string */
    USHORT IdentifierSize; /* @8 */
    USHORT NextOffset;     /* @10 from the start of this one */
    ULONG Association;     /* @12 0 logical unit, 1 target port, 2 target device */
    /* @16 the identifier */
} STORAGE_IDENTIFIER;

typedef struct PERSISTENT_RESERVE_COMMAND {
    ULONG Version;            /* @0 */
    ULONG Size;               /* @4 */
    UCHAR ServiceAction;      /* @8 five bits */
    UCHAR Padding;            /* @9 */
    USHORT AllocationLength;  /* @10 */
} PERSISTENT_RESERVE_COMMAND; /* 12 bytes */

typedef struct PERSISTENT_RESERVE_OUT {
    ULONG Version;            /* @0 */
    ULONG Size;               /* @4 */
    UCHAR ServiceAction;      /* @8 five bits */
    UCHAR TypeAndScope;       /* @9 type in the lower four bits */
    UCHAR ReservationKey[8];  /* @10 the parameter list: big-endian */
    UCHAR ActionKey[8];       /* @18 */
    UCHAR Obsolete[4];        /* @26 */
    UCHAR Flags;              /* @30 APTPL and others */
    UCHAR Rest[5];            /* @31 */
} PERSISTENT_RESERVE_OUT;     /* 36 bytes */

typedef struct SCSI_ADDRESS {
    ULONG Length;     /* @0 */
    UCHAR PortNumber; /* @4 */
    UCHAR PathId;     /* @5 */
    UCHAR TargetId;   /* @6 */
    UCHAR Lun;        /* @7 */
} SCSI_ADDRESS;       /* 8 bytes */

typedef struct STORAGE_BREAK_RESERVATION_REQUEST {
    ULONG Length;     /* @0 */
    UCHAR Unused;     /* @4 */
    UCHAR PathId;     /* @5 */
    UCHAR TargetId;   /* @6 */
    UCHAR Lun;        /* @7 */
} STORAGE_BREAK_RESERVATION_REQUEST; /* 8 bytes */

typedef struct SCSI_PASS_THROUGH {
    USHORT Length;              /* @0 */
    UCHAR ScsiStatus;           /* @2 */
    UCHAR PathId;               /* @3 */
    UCHAR TargetId;             /* @4 */
    UCHAR Lun;                  /* @5 */
    UCHAR CdbLength;            /* @6 */
    UCHAR SenseInfoLength;      /* @7 */
    UCHAR DataIn;               /* @8 0 out, 1 in, 2 none */
    ULONG DataTransferLength;   /* @12 */
    ULONG TimeOutValue;         /* @16 seconds */
    ULONGLONG DataBufferOffset; /* @24 from the start of this structure */
    ULONG SenseInfoOffset;      /* @32 */
    UCHAR Cdb[16];              /* @36 */
} SCSI_PASS_THROUGH;            /* 56 bytes */

C_ASSERT(sizeof(STORAGE_DEVICE_NUMBER) == 12);
C_ASSERT(sizeof(STORAGE_PROPERTY_QUERY) == 12);
C_ASSERT(sizeof(STORAGE_DEVICE_DESCRIPTOR) == 40);
C_ASSERT(sizeof(STORAGE_ADAPTER_DESCRIPTOR) == 32);
C_ASSERT(sizeof(STORAGE_DEVICE_ID_DESCRIPTOR) == 12);
C_ASSERT(sizeof(STORAGE_IDENTIFIER) == 16);
C_ASSERT(sizeof(PERSISTENT_RESERVE_COMMAND) == 12);
C_ASSERT(sizeof(PERSISTENT_RESERVE_OUT) == 36);
C_ASSERT(sizeof(SCSI_ADDRESS) == 8);
C_ASSERT(sizeof(STORAGE_BREAK_RESERVATION_REQUEST) == 8);
C_ASSERT(FIELD_OFFSET(SCSI_PASS_THROUGH, DataBufferOffset) == 24);
C_ASSERT(FIELD_OFFSET(SCSI_PASS_THROUGH, Cdb) == 36);
C_ASSERT(sizeof(SCSI_PASS_THROUGH) == 56);
C_ASSERT(sizeof(LAB_COUNTERS) == 92);
C_ASSERT(sizeof(LAB_SET) == 20);
C_ASSERT(sizeof(LAB_EVENT) == 16);

/* ---- Table 1: what a behaviour does */

enum door { OPENS, DENIED, GONE };
enum action { ANSWER, LATER, HOLD, YIELD };
enum falsity { TRUE_IDENTITY, OTHER_NUMBER, BROKEN_DESCRIPTORS };

struct behaviour {
    enum door open;
    enum action query, release;
    ULONG status; /* of RELEASE and RESERVE */
    enum falsity identity;
};

#define BEHAVIOUR_ROW(name, open, query, release, status, identity) { open, query, release, status, identity },
static const struct behaviour behaviours[] = { LAB_BEHAVIOURS(BEHAVIOUR_ROW) };
C_ASSERT(COUNT(behaviours) == LAB_BEHAVIOUR_COUNT);

/* ---- Table 2: the units */

enum { BusTypeScsi = 1, BusTypeFibre = 6, BusTypeUsb = 7, BusTypeiScsi = 9, BusTypeSas = 10, BusTypeNvme = 17 };

/* Which identifiers page 83h has, in this order. An identifier of the port comes first where there is one: who
   takes the first NAA without a look at its association takes one that many units share. */
enum { ID_PORT = 1, ID_T10 = 2, ID_EUI = 4, ID_NAA = 8 };

/* What a disk knows of reservations: nothing; or all, and while anybody holds it with RESERVE it refuses
   PERSISTENT RESERVE IN to everybody, its holder included (SPC-2), or answers it as many newer ones do. */
enum model { NO_RESERVATIONS, STRICT, LAX };

struct row {
    ULONG number;
    enum LAB_BEHAVIOUR behaviour;
    const char *serial; /* NULL: LAB- and the number in four digits */
    const char *naa;    /* 16 or 32 hexadecimal digits; NULL: DEFAULT_NAA and the number in three decimal digits */
    ULONG ids;
    ULONG bus;
    const char *vendor;
    const char *product;
    BOOLEAN removable;
    ULONG kind;
    const WCHAR *enumerated; /* its device-interface name up to # and the class; NULL: has none */
    BOOLEAN clustered;
    enum model model;
};

/* NAA 5 with IANA's company id, in its block for documentation: nobody's real disk. */
#define DEFAULT_NAA "500005e005300"
#define PORT_NAA "500005e0053ff001"

#define DISK(number, behaviour, ...) \
    { number, LAB_##behaviour, __VA_ARGS__, FALSE, LAB_DISK, NULL, FALSE, NO_RESERVATIONS }
#define SHARED(number, model) { number, LAB_accepted, PLAIN, FALSE, LAB_DISK, NULL, FALSE, model }
#define PLAIN NULL, NULL, ID_NAA, BusTypeScsi, "STORELAB", "LABDISK"

static const struct row rows[] = {
    DISK(10, accepted, NULL, NULL, ID_NAA | ID_T10 | ID_EUI, BusTypeFibre, "STORELAB", "LABDISK"),
    DISK(11, conflict, NULL, NULL, ID_PORT | ID_NAA, BusTypeSas, "STORELAB", "LABDISK         "),
    DISK(12, unsupported, NULL, NULL, ID_NAA, BusTypeNvme, "", "LABDISK NVME"),
    DISK(13, notready, PLAIN),
    DISK(14, hung, PLAIN),
    DISK(15, slow, NULL, NULL, ID_NAA, BusTypeiScsi, "STORELAB", "LABDISK"),
    DISK(16, vanishing, NULL, NULL, ID_NAA, BusTypeiScsi, "STORELAB", "LABDISK"),
    DISK(17, accepted, "LAB-9917", DEFAULT_NAA "917", ID_NAA | ID_T10, BusTypeScsi, "STORELAB", "LABDISK"),
    DISK(18, cancellable, PLAIN),
    DISK(19, hangquery, PLAIN),
    DISK(20, denied, PLAIN),
    DISK(21, timeout, NULL, "600005e0053000000000000000000021", ID_T10 | ID_NAA, BusTypeFibre, "STORELAB",
         "LABDISK"),
    DISK(22, unmapped, PLAIN),
    DISK(23, renumbered, PLAIN),
    DISK(24, garbage, PLAIN),
    DISK(26, gone, PLAIN),
    { 27, LAB_accepted, PLAIN, FALSE, LAB_DISK, L"SCSI#Disk&Ven_STORELAB&Prod_LABDISK#5&2c9e1f&0&000027",
      FALSE, NO_RESERVATIONS },
    /* MPIO made it of several paths: its enumerator says so. */
    { 28, LAB_accepted, PLAIN, FALSE, LAB_DISK, L"MPIO#Disk&Ven_STORELAB&Prod_LABDISK#1&7f6ac24&0&28",
      FALSE, NO_RESERVATIONS },
    { 29, LAB_accepted, PLAIN, FALSE, LAB_DISK, NULL, TRUE, NO_RESERVATIONS },
    { 0, LAB_accepted, "LAB-T000", DEFAULT_NAA "e00", ID_NAA, BusTypeSas, "STORELAB", "LABTAPE", TRUE, LAB_TAPE,
      L"SCSI#Sequential&Ven_STORELAB&Prod_LABTAPE#5&2c9e1f&0&000100", FALSE, NO_RESERVATIONS },
    { 0, LAB_accepted, "LAB-C000", DEFAULT_NAA "c00", ID_NAA, BusTypeSas, "STORELAB", "LABCHANGER", TRUE,
      LAB_CHANGER, L"SCSI#Changer&Ven_STORELAB&Prod_LABCHANGER#5&2c9e1f&0&000101", FALSE, NO_RESERVATIONS },
    SHARED(100, LAX),
    SHARED(101, LAX),
    SHARED(102, LAX),
    SHARED(103, LAX),
    SHARED(104, LAX),
    SHARED(105, STRICT),
    SHARED(106, STRICT),
    SHARED(107, STRICT),
    SHARED(108, STRICT),
    SHARED(109, STRICT),
};

/* Plain disks for tests with many: each as the row of `many`, by its own number. */
static const struct row many = DISK(0, accepted, PLAIN);
enum { FIRST_OF_MANY = 32, LAST_OF_MANY = 95, UNITS = COUNT(rows) + LAST_OF_MANY - FIRST_OF_MANY + 1 };

struct kind {
    const WCHAR *device, *link; /* the number follows */
    const WCHAR *class;         /* of its device-interface names */
    DEVICE_TYPE type;
    UCHAR peripheral; /* SCSI peripheral device type */
    ULONG partition;
};

static const struct kind kinds[] = {
    [LAB_DISK] = { L"\\Device\\LabDisk", L"\\??\\PhysicalDrive", L"{53f56307-b6bf-11d0-94f2-00a0c91efb8b}",
                   FILE_DEVICE_DISK, 0x00, 0 },
    [LAB_TAPE] = { L"\\Device\\LabTape", L"\\??\\Tape", L"{53f5630b-b6bf-11d0-94f2-00a0c91efb8b}",
                   FILE_DEVICE_TAPE, 0x01, 0xFFFFFFFF },
    [LAB_CHANGER] = { L"\\Device\\LabChanger", L"\\??\\Changer", L"{53f56310-b6bf-11d0-94f2-00a0c91efb8b}",
                      FILE_DEVICE_CHANGER, 0x08, 0xFFFFFFFF },
};

enum host { NOBODY, THIS_HOST, OTHER_HOST };

/* Who holds a persistent reservation: nobody, this host, or, from HELD_BY_FIRST on, one of the other registrants. */
enum { HELD_BY_NOBODY, HELD_BY_US, HELD_BY_FIRST };

/* What a shared disk remembers. */
struct reservation {
    enum host holder;  /* by RESERVE */
    ULONG registrants; /* other ones than the two hosts, those that are gone counted */
    UCHAR gone[(LAB_MOST_KEYS + 7) / 8]; /* those of them whose key was removed, a bit for each */
    ULONGLONG own;     /* the key of this host; 0: none */
    ULONG held_by;
    ULONG type;        /* of the persistent reservation */
    ULONG generation;
    UCHAR outs[LAB_ACTIONS]; /* enum LAB_OUT, by service action */
    enum LAB_RESETTING resets;
    enum LAB_ODDITY oddity;
    enum LAB_READINESS ready;
    enum LAB_READING reads;
};

struct unit {
    const struct row *row;
    ULONG number;
    DEVICE_OBJECT *device;
    LAB_COUNTERS counters; /* behaviour and status are here too: they change at run time */
    struct reservation reservation;
};

static struct unit units[UNITS];
static DEVICE_OBJECT *control_device, *adapter_device;

/* ---- Requests that are not answered at once */

struct held {
    LIST_ENTRY link;
    IRP *irp;
    struct unit *unit;
    LONGLONG due; /* system time in 100 ns; 0: when the control device says so */
    NTSTATUS status;
};

#define POOL_TAG 0x6B73644C /* Ldsk */

static LIST_ENTRY held_list;
static KSPIN_LOCK lock; /* guards the list, every counter and every reservation */
static KEVENT changed;  /* a request with a due time came, or the driver unloads */
static BOOLEAN stopping;
static void *thread;

static void finish(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static void count(ULONG *counter)
{
    KIRQL irql;
    KeAcquireSpinLock(&lock, &irql);
    ++*counter;
    KeReleaseSpinLock(&lock, irql);
}

/* Takes a request off the list. Whoever gets it completes it; nobody else does. */
static struct held *take(BOOLEAN (*wanted)(const struct held *, const void *), const void *argument)
{
    struct held *found = NULL;
    KIRQL irql;

    KeAcquireSpinLock(&lock, &irql);
    for (LIST_ENTRY *at = held_list.Flink; at != &held_list; at = at->Flink) {
        struct held *held = CONTAINING_RECORD(at, struct held, link);
        if (!wanted(held, argument))
            continue;
        RemoveEntryList(&held->link);
        --held->unit->counters.Pending;
        found = held;
        break;
    }
    KeReleaseSpinLock(&lock, irql);
    return found;
}

/* An answer that comes late fills all the room that there is, so that nobody can miss where it is written. */
static void finish_held(struct held *held, NTSTATUS status)
{
    IRP *irp = held->irp;
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG room = stack->MajorFunction == IRP_MJ_READ ? stack->Parameters.Read.Length
                                                     : stack->Parameters.DeviceIoControl.OutputBufferLength;

    ExFreePoolWithTag(held, POOL_TAG);
    IoSetCancelRoutine(irp, NULL);
    if (!NT_SUCCESS(status))
        room = 0;
    if (room)
        RtlFillMemory(irp->AssociatedIrp.SystemBuffer, room, LAB_LATE_BYTE);
    finish(irp, status, room);
}

static BOOLEAN is_any(const struct held *held, const void *argument)
{
    (void)held;
    (void)argument;
    return TRUE;
}

static BOOLEAN is_irp(const struct held *held, const void *irp)
{
    return held->irp == irp;
}

static BOOLEAN is_untimed(const struct held *held, const void *argument)
{
    (void)argument;
    return held->due == 0;
}

static BOOLEAN is_due(const struct held *held, const void *now)
{
    return held->due != 0 && held->due <= ((const LARGE_INTEGER *)now)->QuadPart;
}

static void NTAPI cancel(DEVICE_OBJECT *device, IRP *irp)
{
    (void)device;
    IoReleaseCancelSpinLock(irp->CancelIrql);
    struct held *held = take(is_irp, irp);
    if (held)
        finish_held(held, STATUS_CANCELLED);
}

static NTSTATUS hold(struct unit *unit, IRP *irp, enum action action, NTSTATUS status)
{
    struct held *held = ExAllocatePoolWithTag(NonPagedPool, sizeof(*held), POOL_TAG);
    LARGE_INTEGER now;
    KIRQL irql;

    if (!held)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeQuerySystemTime(&now);
    held->irp = irp;
    held->unit = unit;
    held->due = action == LATER ? now.QuadPart + LAB_DELAY_MS * 10000LL : 0;
    held->status = status;
    /* All under the lock, so that nobody can complete the request before it is wholly set up. */
    KeAcquireSpinLock(&lock, &irql);
    if (action == YIELD)
        IoSetCancelRoutine(irp, cancel);
    /* Cancelled before the routine was there: nobody else would ever complete it. */
    if (action == YIELD && irp->Cancel && IoSetCancelRoutine(irp, NULL)) {
        KeReleaseSpinLock(&lock, irql);
        ExFreePoolWithTag(held, POOL_TAG);
        return STATUS_CANCELLED;
    }
    IoMarkIrpPending(irp);
    InsertTailList(&held_list, &held->link);
    ++unit->counters.Pending;
    KeReleaseSpinLock(&lock, irql);
    if (action == LATER)
        KeSetEvent(&changed, IO_NO_INCREMENT, FALSE);
    return STATUS_PENDING;
}

/* Completes what is due, then sleeps until the next is. */
static void NTAPI late_thread(void *argument)
{
    (void)argument;
    while (!stopping) {
        LARGE_INTEGER now, next = { .QuadPart = 0 };
        struct held *held;
        KIRQL irql;

        KeQuerySystemTime(&now);
        while ((held = take(is_due, &now)))
            finish_held(held, held->status);
        KeAcquireSpinLock(&lock, &irql);
        for (LIST_ENTRY *at = held_list.Flink; at != &held_list; at = at->Flink) {
            LONGLONG due = CONTAINING_RECORD(at, struct held, link)->due;
            if (due && (!next.QuadPart || due < next.QuadPart))
                next.QuadPart = due;
        }
        KeReleaseSpinLock(&lock, irql);
        KeWaitForSingleObject(&changed, Executive, KernelMode, FALSE, next.QuadPart ? &next : NULL);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

/* ---- Identity */

/* A descriptor as it is built, before it is cut to what the caller has room for. */
struct blob {
    UCHAR bytes[512];
    ULONG length;
};

static ULONG append(struct blob *blob, const void *bytes, ULONG length)
{
    ULONG at = blob->length;
    RtlCopyMemory(blob->bytes + at, bytes, length);
    blob->length += length;
    return at;
}

static ULONG append_string(struct blob *blob, const char *text)
{
    return text[0] ? append(blob, text, (ULONG)strlen(text) + 1) : 0;
}

/* Writes `value` in `digits` decimal digits and a NUL. */
static void decimal(char *to, ULONG value, ULONG digits)
{
    to[digits] = 0;
    while (digits--) {
        to[digits] = (char)('0' + value % 10);
        value /= 10;
    }
}

static void serial_of(const struct unit *unit, char to[32])
{
    if (unit->row->serial) {
        strcpy(to, unit->row->serial);
    } else {
        strcpy(to, "LAB-");
        decimal(to + 4, unit->number, 4);
    }
}

static ULONG nibble(char digit)
{
    return (ULONG)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

static void append_identifier(struct blob *blob, ULONG code_set, ULONG type, ULONG association, const void *bytes,
                              ULONG length)
{
    static const UCHAR zeros[4];
    USHORT next = (USHORT)((sizeof(STORAGE_IDENTIFIER) + length + 3) & ~3u);
    STORAGE_IDENTIFIER head = { code_set, type, (USHORT)length, next, association };

    append(blob, &head, sizeof(head));
    append(blob, bytes, length);
    append(blob, zeros, head.NextOffset - sizeof(head) - length);
    ++((STORAGE_DEVICE_ID_DESCRIPTOR *)blob->bytes)->NumberOfIdentifiers;
}

static void append_hex(struct blob *blob, ULONG type, ULONG association, const char *digits)
{
    UCHAR bytes[16];
    ULONG length = 0;

    for (; digits[0]; digits += 2)
        bytes[length++] = (UCHAR)(nibble(digits[0]) << 4 | nibble(digits[1]));
    append_identifier(blob, 1, type, association, bytes, length);
}

static void device_ids(const struct unit *unit, struct blob *blob)
{
    const struct row *row = unit->row;
    char text[64];

    blob->length = sizeof(STORAGE_DEVICE_ID_DESCRIPTOR);
    if (row->ids & ID_PORT)
        append_hex(blob, 3, 1, PORT_NAA);
    if (row->ids & ID_T10) {
        strcpy(text, "STORELAB");
        serial_of(unit, text + 8);
        append_identifier(blob, 2, 1, 0, text, (ULONG)strlen(text));
    }
    if (row->ids & ID_EUI) {
        strcpy(text, "00005efffe005");
        decimal(text + 13, unit->number, 3);
        append_hex(blob, 2, 0, text);
    }
    if (row->ids & ID_NAA) {
        strcpy(text, row->naa ? row->naa : DEFAULT_NAA);
        if (!row->naa)
            decimal(text + strlen(text), unit->number, 3);
        append_hex(blob, 3, 0, text);
    }
}

static void device_descriptor(const struct unit *unit, struct blob *blob)
{
    STORAGE_DEVICE_DESCRIPTOR *descriptor = (STORAGE_DEVICE_DESCRIPTOR *)blob->bytes;
    char serial[32];

    blob->length = sizeof(*descriptor);
    descriptor->DeviceType = kinds[unit->row->kind].peripheral;
    descriptor->RemovableMedia = unit->row->removable;
    descriptor->CommandQueueing = TRUE;
    descriptor->BusType = unit->row->bus;
    descriptor->VendorIdOffset = append_string(blob, unit->row->vendor);
    descriptor->ProductIdOffset = append_string(blob, unit->row->product);
    descriptor->ProductRevisionOffset = append_string(blob, "0001");
    serial_of(unit, serial);
    descriptor->SerialNumberOffset = append_string(blob, serial);
}

static void adapter_descriptor(const struct unit *unit, struct blob *blob)
{
    STORAGE_ADAPTER_DESCRIPTOR *descriptor = (STORAGE_ADAPTER_DESCRIPTOR *)blob->bytes;

    blob->length = sizeof(*descriptor);
    descriptor->MaximumTransferLength = 0x10000;
    descriptor->MaximumPhysicalPages = 17;
    descriptor->BusType = (UCHAR)unit->row->bus;
    descriptor->BusMajorVersion = 2;
}

/* All that a reader of descriptors must survive: sizes and offsets beyond the end, text without an end, a walk
   that does not move. */
static void spoil(ULONG property, struct blob *blob)
{
    STORAGE_DEVICE_DESCRIPTOR *device = (STORAGE_DEVICE_DESCRIPTOR *)blob->bytes;
    STORAGE_DEVICE_ID_DESCRIPTOR *ids = (STORAGE_DEVICE_ID_DESCRIPTOR *)blob->bytes;
    STORAGE_IDENTIFIER *first = (STORAGE_IDENTIFIER *)(ids + 1);

    switch (property) {
    case StorageDeviceProperty:
        blob->length = sizeof(*device) + 8;
        RtlFillMemory(device + 1, 8, 'A');
        device->Size = 0x7FFFFFF0;
        device->VendorIdOffset = 0xFFFFFFFF;
        device->ProductIdOffset = 0x7FFFFFF0;
        device->ProductRevisionOffset = 4;
        device->SerialNumberOffset = sizeof(*device);
        device->RawPropertiesLength = 0xFFFFFFFF;
        break;
    case StorageDeviceIdProperty:
        ids->Size = 3;
        ids->NumberOfIdentifiers = 0xFFFFFFFF;
        first->IdentifierSize = 0xFFFF;
        first->NextOffset = 0;
        break;
    }
}

/* ---- Reservations */

static BOOLEAN is_gone(const struct reservation *reservation, ULONG index)
{
    return (reservation->gone[index / 8] >> index % 8 & 1) != 0;
}

/* How many have registered, this host included. */
static ULONG registered(const struct reservation *reservation)
{
    ULONG count = reservation->own != 0;

    for (ULONG i = 0; i < reservation->registrants; i++)
        count += !is_gone(reservation, i);
    return count;
}

static BOOLEAN is_registered(const struct reservation *reservation)
{
    return registered(reservation) != 0;
}

static ULONGLONG holder_key(const struct reservation *reservation)
{
    return reservation->held_by == HELD_BY_US ? reservation->own : LAB_KEY(reservation->held_by - HELD_BY_FIRST);
}

/* RESERVE or RELEASE of one of the two hosts. As SPC-2 has it, registrations of others refuse both; without any, a
   RELEASE by who does not hold the disk is good and changes nothing. */
static NTSTATUS reserve_or_release(struct unit *unit, BOOLEAN reserves, enum host host)
{
    struct reservation *reservation = &unit->reservation;
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;

    KeAcquireSpinLock(&lock, &irql);
    if (is_registered(reservation) || (reserves && reservation->holder != NOBODY && reservation->holder != host))
        status = STATUS_DEVICE_BUSY;
    else if (reserves)
        reservation->holder = host;
    else if (reservation->holder == host)
        reservation->holder = NOBODY;
    KeReleaseSpinLock(&lock, irql);
    return status;
}

/* SCSI data on its way to a buffer: what finds no room is counted, and lost. */
struct stream {
    UCHAR *to;
    ULONG room, length;
};

static void put(struct stream *stream, ULONGLONG value, ULONG bytes)
{
    for (; bytes--; stream->length++) {
        if (stream->length < stream->room)
            stream->to[stream->length] = (UCHAR)(bytes < 8 ? value >> 8 * bytes : 0);
    }
}

enum { WRITE_EXCLUSIVE_REGISTRANTS_ONLY = 5, SAS_TRANSPORT_ID = 6, TRANSPORT_ID_LENGTH = 24 };

static void read_keys(const struct reservation *reservation, struct stream *to)
{
    put(to, reservation->generation, 4);
    put(to, registered(reservation) * 8, 4);
    for (ULONG i = 0; i < reservation->registrants; i++) {
        if (!is_gone(reservation, i))
            put(to, LAB_KEY(i), 8);
    }
    if (reservation->own)
        put(to, reservation->own, 8);
}

static void read_reservation(const struct reservation *reservation, struct stream *to)
{
    put(to, reservation->generation, 4);
    put(to, reservation->held_by ? 16 : 0, 4);
    if (!reservation->held_by)
        return;
    put(to, holder_key(reservation), 8);
    put(to, 0, 4 + 1);
    put(to, reservation->type, 1);
    put(to, 0, 2);
}

static void report_capabilities(const struct reservation *reservation, struct stream *to)
{
    (void)reservation;
    put(to, 8, 2);
    put(to, 0x01, 1);   /* PTPL_C */
    put(to, 0x81, 1);   /* TMV, PTPL_A */
    put(to, 0xEA01, 2); /* all six types */
    put(to, 0, 2);
}

static void put_registrant(const struct reservation *reservation, ULONG who, ULONGLONG key, ULONGLONG port, struct stream *to)
{
    BOOLEAN holds = reservation->held_by == who;

    put(to, key, 8);
    put(to, 0, 4);
    put(to, holds, 1); /* R_HOLDER */
    put(to, holds ? reservation->type : 0, 1);
    put(to, 0, 4);
    put(to, 1, 2); /* relative target port */
    put(to, TRANSPORT_ID_LENGTH, 4);
    put(to, SAS_TRANSPORT_ID, 1);
    put(to, 0, 3);
    put(to, port, 8);
    put(to, 0, 12);
}

static void read_full_status(const struct reservation *reservation, struct stream *to)
{
    put(to, reservation->generation, 4);
    put(to, registered(reservation) * (24 + TRANSPORT_ID_LENGTH), 4);
    for (ULONG i = 0; i < reservation->registrants; i++) {
        if (!is_gone(reservation, i))
            put_registrant(reservation, HELD_BY_FIRST + i, LAB_KEY(i), 0x500005E0053A0000 + i, to);
    }
    if (reservation->own)
        put_registrant(reservation, HELD_BY_US, reservation->own, 0x500005E0053AFFFF, to);
}

/* By service action. */
static void (*const lists[])(const struct reservation *, struct stream *) = {
    read_keys, read_reservation, report_capabilities, read_full_status,
};

/* Makes of a right answer one that its reader must survive. LENGTH of the capabilities is @0, that of lists @4. */
static void distort(enum LAB_ODDITY oddity, struct stream *answer)
{
    static const UCHAR beyond[] = { 0xFF, 0xFF, 0xFF, 0xF0 };

    switch (oddity) {
    case LAB_ODD_short:
        answer->length = min(answer->length, 5);
        break;
    case LAB_ODD_long:
        RtlCopyMemory(answer->to + 4, beyond, sizeof(beyond));
        break;
    case LAB_ODD_length:
        answer->to[1] = 3;
        answer->to[7] += 3;
        break;
    case LAB_ODD_garbage:
        for (ULONG i = 0; i < answer->room; i++)
            answer->to[i] = (UCHAR)(0xA5 ^ i * 37);
        answer->length = answer->room;
        break;
    default:
        break;
    }
}

enum scsi_status { GOOD = 0x00, CHECK_CONDITION = 0x02, RESERVATION_CONFLICT = 0x18 };

/* PERSISTENT RESERVE IN, as the disk itself takes it. The answer has room for eight bytes or more. */
static enum scsi_status reserve_in(struct unit *unit, ULONG action, struct stream *answer)
{
    enum scsi_status status = GOOD;
    KIRQL irql;

    KeAcquireSpinLock(&lock, &irql);
    if (action >= COUNT(lists)) {
        status = CHECK_CONDITION;
    } else if (unit->row->model == STRICT && unit->reservation.holder != NOBODY) {
        status = RESERVATION_CONFLICT;
    } else {
        lists[action](&unit->reservation, answer);
        distort(unit->reservation.oddity, answer);
    }
    KeReleaseSpinLock(&lock, irql);
    return status;
}

/* Removes every registration with this key; how many there were. */
static ULONG remove_key(struct reservation *reservation, ULONGLONG key)
{
    ULONG count = 0;

    for (ULONG i = 0; i < reservation->registrants; i++) {
        if (LAB_KEY(i) != key || is_gone(reservation, i))
            continue;
        reservation->gone[i / 8] |= (UCHAR)(1 << i % 8);
        if (reservation->held_by == HELD_BY_FIRST + i)
            reservation->held_by = HELD_BY_NOBODY;
        ++count;
    }
    return count;
}

enum out_action { REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_AND_ABORT, REGISTER_AND_IGNORE };

/* PERSISTENT RESERVE OUT of this host, as the disk itself takes it (SPC-4 clause 5.7). Under the lock. */
static enum scsi_status reserve_out(struct unit *unit, enum out_action action, ULONG type, ULONGLONG key, ULONGLONG other)
{
    struct reservation *reservation = &unit->reservation;
    BOOLEAN held = reservation->held_by != HELD_BY_NOBODY;

    if (unit->row->model == STRICT && reservation->holder != NOBODY)
        return RESERVATION_CONFLICT;
    if (action == REGISTER && key != reservation->own)
        return RESERVATION_CONFLICT;
    if (action != REGISTER && action != REGISTER_AND_IGNORE && (!reservation->own || key != reservation->own))
        return RESERVATION_CONFLICT;
    switch (action) {
    case REGISTER:
    case REGISTER_AND_IGNORE:
        reservation->own = other;
        if (!other && reservation->held_by == HELD_BY_US)
            reservation->held_by = HELD_BY_NOBODY;
        break;
    case RESERVE:
        if (held && reservation->held_by != HELD_BY_US)
            return RESERVATION_CONFLICT;
        reservation->held_by = HELD_BY_US;
        reservation->type = type;
        return GOOD;
    case RELEASE:
        if (reservation->held_by == HELD_BY_US)
            reservation->held_by = HELD_BY_NOBODY;
        return GOOD;
    case CLEAR:
        reservation->registrants = 0;
        reservation->own = 0;
        reservation->held_by = HELD_BY_NOBODY;
        break;
    case PREEMPT:
    case PREEMPT_AND_ABORT:
        if (!remove_key(reservation, other))
            return RESERVATION_CONFLICT;
        if (held && reservation->held_by == HELD_BY_NOBODY) {
            reservation->held_by = HELD_BY_US;
            reservation->type = type;
        }
        break;
    }
    ++reservation->generation;
    return GOOD;
}

/* ---- Table 3: the control codes */

struct request {
    struct unit *unit;
    IRP *irp;
    const UCHAR *input;
    UCHAR *output; /* the same bytes as the input: METHOD_BUFFERED */
    ULONG input_length, output_length;
    ULONG_PTR information; /* what the handler says it wrote */
};

/* A handler gives STATUS_PENDING when it kept the request, any other status to have it completed so. */
typedef NTSTATUS handler(struct request *request);

static const struct behaviour *behaviour_of(const struct unit *unit)
{
    return &behaviours[unit->counters.Behaviour];
}

static NTSTATUS perform(struct request *request, enum action action, NTSTATUS status)
{
    return action == ANSWER ? status : hold(request->unit, request->irp, action, status);
}

static NTSTATUS change(struct request *request, BOOLEAN reserves)
{
    struct unit *unit = request->unit;
    NTSTATUS status = (NTSTATUS)unit->counters.Status;

    if (status == STATUS_SUCCESS && unit->row->model != NO_RESERVATIONS)
        status = reserve_or_release(unit, reserves, THIS_HOST);
    return perform(request, behaviour_of(unit)->release, status);
}

static NTSTATUS release(struct request *request)
{
    return change(request, FALSE);
}

static NTSTATUS reserve(struct request *request)
{
    return change(request, TRUE);
}

/* A list's header, and the least that anybody may ask for. */
enum { LIST_HEADER = 8 };

/* The class driver's rules: two of the service actions, and room for what may come. */
static NTSTATUS persistent_reserve_in(struct request *request)
{
    const PERSISTENT_RESERVE_COMMAND *command = (const PERSISTENT_RESERVE_COMMAND *)request->input;
    struct stream answer = { request->output, 0, 0 };
    ULONG action;

    if (request->unit->row->model == NO_RESERVATIONS)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (request->input_length < sizeof(*command) || command->Size < sizeof(*command))
        return STATUS_INFO_LENGTH_MISMATCH;
    action = command->ServiceAction & 0x1F;
    answer.room = command->AllocationLength;
    if (request->output_length < answer.room || action > 1 || answer.room < LIST_HEADER)
        return STATUS_INVALID_PARAMETER;
    if (reserve_in(request->unit, action, &answer) != GOOD)
        return STATUS_DEVICE_BUSY;
    request->information = min(answer.length, answer.room);
    return STATUS_SUCCESS;
}

static ULONGLONG big_endian(const UCHAR bytes[8])
{
    ULONGLONG value = 0;

    for (ULONG i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* The class driver's rules again: actions and types that it lets through. */
static NTSTATUS persistent_reserve_out(struct request *request)
{
    const PERSISTENT_RESERVE_OUT *command = (const PERSISTENT_RESERVE_OUT *)request->input;
    struct unit *unit = request->unit;
    enum scsi_status status = GOOD;
    ULONG action, type, how;
    KIRQL irql;

    if (unit->row->model == NO_RESERVATIONS)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (request->input_length < LIST_HEADER + sizeof(ULONG))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (request->input_length < sizeof(*command) || command->Size < request->input_length)
        return STATUS_INVALID_PARAMETER;
    action = command->ServiceAction & 0x1F;
    type = command->TypeAndScope & 0x0F;
    if (action >= LAB_ACTIONS)
        return STATUS_INVALID_PARAMETER;
    if (action != REGISTER && action != REGISTER_AND_IGNORE && action != CLEAR
        && (type == 0 || type == 2 || type == 4 || type > 6))
        return STATUS_INVALID_PARAMETER;

    KeAcquireSpinLock(&lock, &irql);
    ++unit->counters.Outs[action];
    how = unit->reservation.outs[action];
    if (how == LAB_OUT_rightly || how == LAB_OUT_lost)
        status = reserve_out(unit, action, type, big_endian(command->ReservationKey), big_endian(command->ActionKey));
    if (how == LAB_OUT_lost || how == LAB_OUT_refused)
        status = RESERVATION_CONFLICT;
    KeReleaseSpinLock(&lock, irql);
    return perform(request, how == LAB_OUT_hold ? HOLD : ANSWER, status == GOOD ? STATUS_SUCCESS : STATUS_DEVICE_BUSY);
}

static NTSTATUS get_address(struct request *request)
{
    SCSI_ADDRESS *address = (SCSI_ADDRESS *)request->output;

    if (request->unit->row->kind != LAB_DISK)
        return STATUS_INVALID_DEVICE_REQUEST;
    *address = (SCSI_ADDRESS){ sizeof(*address), LAB_PORT, LAB_PATH, LAB_TARGET, (UCHAR)request->unit->number };
    request->information = sizeof(*address);
    return STATUS_SUCCESS;
}

/* What Windows uses a disk for is the partition manager's to say, and there is none here. */
static NTSTATUS unanswered(struct request *request)
{
    (void)request;
    return STATUS_INVALID_DEVICE_REQUEST;
}

/* Of the adapter: no unit is asked. */
static NTSTATUS break_reservation(struct request *request)
{
    const STORAGE_BREAK_RESERVATION_REQUEST *at = (const STORAGE_BREAK_RESERVATION_REQUEST *)request->input;
    NTSTATUS status = STATUS_NO_SUCH_DEVICE;
    KIRQL irql;

    if (at->Length != sizeof(*at) || at->PathId != LAB_PATH || at->TargetId != LAB_TARGET)
        return STATUS_INVALID_PARAMETER;
    KeAcquireSpinLock(&lock, &irql);
    for (ULONG i = 0; i < UNITS; i++) {
        struct unit *unit = &units[i];
        if (unit->row->kind != LAB_DISK || unit->number != at->Lun)
            continue;
        ++unit->counters.Resets;
        if (unit->reservation.resets == LAB_RESETS_unit)
            unit->reservation.holder = NOBODY;
        status = unit->reservation.resets == LAB_RESETS_refused ? STATUS_INVALID_DEVICE_REQUEST : STATUS_SUCCESS;
    }
    KeReleaseSpinLock(&lock, irql);
    return status;
}

/* The port driver's: any command, with its SCSI status in the answer. This port lets nothing through but
   PERSISTENT RESERVE IN, and counts the rest, so that a test sees who tries. */
static NTSTATUS pass_through(struct request *request)
{
    enum { RESERVE_IN = 0x5E, DATA_IN = 1 };
    struct unit *unit = request->unit;
    SCSI_PASS_THROUGH *pass = (SCSI_PASS_THROUGH *)request->output;
    ULONG room = request->output_length, at;
    struct stream answer = { NULL, 0, 0 };

    if (unit->row->model == NO_RESERVATIONS)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (request->input_length < sizeof(*pass) || room < sizeof(*pass) || pass->Length != sizeof(*pass))
        return STATUS_INVALID_PARAMETER;
    if (pass->Cdb[0] != RESERVE_IN || pass->CdbLength != 10 || pass->DataIn != DATA_IN) {
        unit->counters.LastCode = IOCTL_SCSI_PASS_THROUGH;
        count(&unit->counters.Others);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (pass->DataBufferOffset < sizeof(*pass) || pass->DataBufferOffset > room)
        return STATUS_INVALID_PARAMETER;
    at = (ULONG)pass->DataBufferOffset;
    answer.to = request->output + at;
    answer.room = min(pass->DataTransferLength, (ULONG)(pass->Cdb[7] << 8 | pass->Cdb[8]));
    if (pass->DataTransferLength > room - at || answer.room < LIST_HEADER)
        return STATUS_INVALID_PARAMETER;
    /* What lies between the two is nobody's data: no sense data ever comes. */
    RtlZeroMemory(pass + 1, room - sizeof(*pass));
    pass->SenseInfoLength = 0;
    pass->ScsiStatus = (UCHAR)reserve_in(unit, pass->Cdb[1] & 0x1F, &answer);
    pass->DataTransferLength = min(answer.length, answer.room);
    request->information = at + pass->DataTransferLength;
    if (unit->reservation.oddity == LAB_ODD_long)
        pass->DataTransferLength = 0xFFFFFFF0;
    if (unit->reservation.oddity == LAB_ODD_garbage)
        RtlFillMemory(pass, sizeof(*pass), 0xA5);
    return STATUS_SUCCESS;
}

/* What this host meets that wants something of the medium. */
static NTSTATUS access_status(const struct unit *unit)
{
    NTSTATUS status = (NTSTATUS)unit->counters.Status;

    if (status == STATUS_DEVICE_NOT_READY || status == STATUS_NO_SUCH_DEVICE)
        return status;
    return unit->reservation.holder == OTHER_HOST ? STATUS_DEVICE_BUSY : STATUS_SUCCESS;
}

static NTSTATUS check_verify(struct request *request)
{
    /* 4 bytes take the media change count; fewer are an error, and none are fine. */
    if (request->output_length && request->output_length < sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    NTSTATUS status = access_status(request->unit);
    if (status == STATUS_DEVICE_BUSY && request->unit->reservation.ready == LAB_READY_always)
        status = STATUS_SUCCESS;
    if (NT_SUCCESS(status) && request->output_length) {
        *(ULONG *)request->output = 0;
        request->information = sizeof(ULONG);
    }
    return status;
}

static NTSTATUS get_device_number(struct request *request)
{
    const struct kind *kind = &kinds[request->unit->row->kind];
    STORAGE_DEVICE_NUMBER *number = (STORAGE_DEVICE_NUMBER *)request->output;

    number->DeviceType = kind->type;
    number->DeviceNumber =
        behaviour_of(request->unit)->identity == OTHER_NUMBER ? LAB_OTHER_NUMBER : request->unit->number;
    number->PartitionNumber = kind->partition;
    request->information = sizeof(*number);
    return STATUS_SUCCESS;
}

static NTSTATUS is_clustered(struct request *request)
{
    request->output[0] = request->unit->row->clustered;
    request->information = sizeof(BOOLEAN);
    return STATUS_SUCCESS;
}

static NTSTATUS query_property(struct request *request)
{
    static const struct {
        ULONG version; /* the size of the structure as the SDK declares it, one array element included */
        void (*build)(const struct unit *, struct blob *);
    } properties[] = {
        [StorageDeviceProperty] = { sizeof(STORAGE_DEVICE_DESCRIPTOR), device_descriptor },
        [StorageAdapterProperty] = { sizeof(STORAGE_ADAPTER_DESCRIPTOR), adapter_descriptor },
        [StorageDeviceIdProperty] = { sizeof(STORAGE_DEVICE_ID_DESCRIPTOR) + 4, device_ids },
    };
    const struct behaviour *behaviour = behaviour_of(request->unit);
    STORAGE_PROPERTY_QUERY query = *(const STORAGE_PROPERTY_QUERY *)request->input;
    STORAGE_DESCRIPTOR_HEADER *header;
    struct blob blob;

    if (behaviour->query != ANSWER)
        return perform(request, behaviour->query, STATUS_SUCCESS);
    if (query.PropertyId >= COUNT(properties))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (query.QueryType == PropertyExistsQuery)
        return STATUS_SUCCESS;
    if (query.QueryType != PropertyStandardQuery)
        return STATUS_NOT_SUPPORTED;
    if (request->output_length < sizeof(*header))
        return STATUS_BUFFER_TOO_SMALL;

    RtlZeroMemory(&blob, sizeof(blob));
    properties[query.PropertyId].build(request->unit, &blob);
    header = (STORAGE_DESCRIPTOR_HEADER *)blob.bytes;
    header->Version = properties[query.PropertyId].version;
    header->Size = blob.length;
    if (behaviour->identity == BROKEN_DESCRIPTORS)
        spoil(query.PropertyId, &blob);

    /* Less room than needed is no error: the caller gets the beginning, and Size tells it what to ask for. */
    request->information = min(request->output_length, blob.length);
    RtlCopyMemory(request->output, blob.bytes, request->information);
    return STATUS_SUCCESS;
}

struct control {
    ULONG code;
    ULONG minimum_input, minimum_output;
    NTSTATUS too_small;
    handler *handle;
    ULONG counter; /* offset in LAB_COUNTERS */
};

#define COUNTER(name) FIELD_OFFSET(LAB_COUNTERS, name)
enum { NOT_COUNTED = 0 };

static const struct control controls[] = {
    { IOCTL_STORAGE_RELEASE, 0, 0, 0, release, COUNTER(Releases) },
    { IOCTL_STORAGE_RESERVE, 0, 0, 0, reserve, COUNTER(Reserves) },
    { IOCTL_STORAGE_CHECK_VERIFY, 0, 0, 0, check_verify, COUNTER(Verifies) },
    { IOCTL_STORAGE_CHECK_VERIFY2, 0, 0, 0, check_verify, COUNTER(Verifies) },
    { IOCTL_STORAGE_GET_DEVICE_NUMBER, 0, 12, STATUS_BUFFER_TOO_SMALL, get_device_number, COUNTER(Queries) },
    { IOCTL_STORAGE_QUERY_PROPERTY, 12, 0, STATUS_INFO_LENGTH_MISMATCH, query_property, COUNTER(Queries) },
    { IOCTL_DISK_IS_CLUSTERED, 0, 1, STATUS_BUFFER_TOO_SMALL, is_clustered, COUNTER(Queries) },
    { IOCTL_STORAGE_PERSISTENT_RESERVE_IN, 0, 0, 0, persistent_reserve_in, COUNTER(Lists) },
    { IOCTL_SCSI_PASS_THROUGH, 0, 0, 0, pass_through, COUNTER(Lists) },
    { IOCTL_SCSI_GET_ADDRESS, 0, sizeof(SCSI_ADDRESS), STATUS_BUFFER_TOO_SMALL, get_address, COUNTER(Queries) },
    { IOCTL_DISK_GET_DRIVE_LAYOUT_EX, 0, 0, 0, unanswered, COUNTER(Queries) },
    { IOCTL_DISK_GET_CLUSTER_INFO, 0, 0, 0, unanswered, COUNTER(Queries) },
    /* Counted by its action. */
    { IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, 0, 0, 0, persistent_reserve_out, NOT_COUNTED },
};

static const struct control adapter_controls[] = {
    { IOCTL_STORAGE_BREAK_RESERVATION, sizeof(STORAGE_BREAK_RESERVATION_REQUEST), 0, STATUS_INVALID_PARAMETER,
      break_reservation, 0 },
};

/* ---- Names */

enum { LAB_LONGEST_NAME = 192 };

static void name_unit(WCHAR *to, const WCHAR *stem, ULONG number)
{
    char digits[4];

    decimal(digits, number, number > 99 ? 3 : number > 9 ? 2 : 1);
    for (; *stem; stem++)
        *to++ = *stem;
    for (ULONG i = 0; digits[i]; i++)
        *to++ = (WCHAR)digits[i];
    *to = 0;
}

/* The unit's device-interface name; FALSE when it has none. */
static BOOLEAN name_interface(WCHAR *to, const struct unit *unit)
{
    const WCHAR *parts[] = { L"\\??\\", unit->row->enumerated, L"#", kinds[unit->row->kind].class };

    if (!unit->row->enumerated)
        return FALSE;
    for (ULONG i = 0; i < COUNT(parts); i++) {
        for (const WCHAR *at = parts[i]; *at; at++)
            *to++ = *at;
    }
    *to = 0;
    return TRUE;
}

/* Makes a name lead to a target, or to nothing where there is none. */
static NTSTATUS name_target(const WCHAR *link, const WCHAR *target)
{
    UNICODE_STRING name, device;

    RtlInitUnicodeString(&name, link);
    IoDeleteSymbolicLink(&name);
    if (!target)
        return STATUS_SUCCESS;
    RtlInitUnicodeString(&device, target);
    return IoCreateSymbolicLink(&name, &device);
}

/* Gives the unit's names the target that its behaviour wants. */
static NTSTATUS name_door(const struct unit *unit)
{
    const struct kind *kind = &kinds[unit->row->kind];
    enum door door = behaviour_of(unit)->open;
    WCHAR device[64], link[LAB_LONGEST_NAME];
    const WCHAR *target = door == GONE ? NULL
        : door == DENIED ? L"\\Device\\NamedPipe\\" LAB_DENYING_PIPE : device;
    NTSTATUS status;

    name_unit(device, kind->device, unit->number);
    name_unit(link, kind->link, unit->number);
    status = name_target(link, target);
    if (NT_SUCCESS(status) && name_interface(link, unit))
        status = name_target(link, target);
    return status;
}

/* ---- The control device */

static NTSTATUS lab_counters(struct request *request)
{
    LAB_COUNTERS *to = (LAB_COUNTERS *)request->output;
    ULONG room = request->output_length / sizeof(*to);
    KIRQL irql;

    KeAcquireSpinLock(&lock, &irql);
    for (ULONG i = 0; i < UNITS && i < room; i++)
        to[i] = units[i].counters;
    KeReleaseSpinLock(&lock, irql);
    request->information = min(room, (ULONG)UNITS) * sizeof(*to);
    return STATUS_SUCCESS;
}

static NTSTATUS lab_reset(struct request *request)
{
    KIRQL irql;

    (void)request;
    KeAcquireSpinLock(&lock, &irql);
    for (ULONG i = 0; i < UNITS; i++) {
        RtlZeroMemory(&units[i].counters.Opens, COUNTER(Pending) - COUNTER(Opens));
        RtlZeroMemory(&units[i].counters.Reads, sizeof(LAB_COUNTERS) - COUNTER(Reads));
    }
    KeReleaseSpinLock(&lock, irql);
    return STATUS_SUCCESS;
}

static NTSTATUS lab_complete(struct request *request)
{
    NTSTATUS status = *(const NTSTATUS *)request->input;
    struct held *held;
    ULONG completed = 0;

    for (; (held = take(is_untimed, NULL)); completed++)
        finish_held(held, status);
    *(ULONG *)request->output = completed;
    request->information = sizeof(completed);
    return STATUS_SUCCESS;
}

static void behave(LAB_COUNTERS *counters, ULONG behaviour)
{
    counters->Behaviour = behaviour;
    counters->Status = behaviours[behaviour].status;
}

static NTSTATUS lab_set(struct request *request)
{
    LAB_SET set = *(const LAB_SET *)request->input;
    struct unit *unit = NULL;
    KIRQL irql;

    if (set.Behaviour > LAB_BEHAVIOUR_COUNT)
        return STATUS_INVALID_PARAMETER;
    KeAcquireSpinLock(&lock, &irql);
    for (ULONG i = 0; i < UNITS; i++) {
        LAB_COUNTERS *counters = &units[i].counters;
        if (counters->Kind != set.Kind || counters->Number != set.Number)
            continue;
        if (set.Behaviour != LAB_BEHAVIOUR_COUNT)
            behave(counters, set.Behaviour);
        if (set.HasStatus)
            counters->Status = set.Status;
        unit = &units[i];
    }
    KeReleaseSpinLock(&lock, irql);
    return unit ? name_door(unit) : STATUS_NO_SUCH_DEVICE;
}

static NTSTATUS lab_event(struct request *request)
{
    LAB_EVENT event = *(const LAB_EVENT *)request->input;
    struct reservation *reservation;
    struct unit *unit = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;

    for (ULONG i = 0; i < UNITS; i++) {
        if (units[i].row->kind == event.Kind && units[i].number == event.Number)
            unit = &units[i];
    }
    if (!unit || unit->row->model == NO_RESERVATIONS)
        return STATUS_NO_SUCH_DEVICE;
    if (event.Event == LAB_OTHER_RESERVES || event.Event == LAB_OTHER_RELEASES)
        return reserve_or_release(unit, event.Event == LAB_OTHER_RESERVES, OTHER_HOST);

    reservation = &unit->reservation;
    KeAcquireSpinLock(&lock, &irql);
    if (event.Event == LAB_KEYS && reservation->holder != NOBODY) {
        status = STATUS_DEVICE_BUSY;
    } else if (event.Event == LAB_KEYS && event.Value <= LAB_MOST_KEYS) {
        reservation->registrants = event.Value;
        RtlZeroMemory(reservation->gone, sizeof(reservation->gone));
        reservation->own = 0;
        reservation->held_by = event.Value ? HELD_BY_FIRST : HELD_BY_NOBODY;
        reservation->type = WRITE_EXCLUSIVE_REGISTRANTS_ONLY;
        ++reservation->generation;
    } else if (event.Event == LAB_UNIT_RESET) {
        /* A persistent reservation outlives it; that is what it is for. */
        reservation->holder = NOBODY;
    } else if (event.Event == LAB_ODD && event.Value < LAB_ODDITY_COUNT) {
        reservation->oddity = event.Value;
    } else if (event.Event == LAB_READY && event.Value < LAB_READINESS_COUNT) {
        reservation->ready = event.Value;
    } else if (event.Event == LAB_READS && event.Value < LAB_READING_COUNT) {
        reservation->reads = event.Value;
    } else if (event.Event == LAB_TYPE && event.Value <= 8 && reservation->registrants) {
        reservation->held_by = event.Value ? HELD_BY_FIRST : HELD_BY_NOBODY;
        reservation->type = event.Value;
    } else if (event.Event == LAB_OUTS && (event.Value & 0xFF) < LAB_OUT_COUNT) {
        for (ULONG action = 0; action < LAB_ACTIONS; action++) {
            if (event.Value >> 8 == LAB_EVERY_ACTION || event.Value >> 8 == action)
                reservation->outs[action] = (UCHAR)event.Value;
        }
    } else if (event.Event == LAB_RESETS && event.Value < LAB_RESETTING_COUNT) {
        reservation->resets = event.Value;
    } else {
        status = STATUS_INVALID_PARAMETER;
    }
    KeReleaseSpinLock(&lock, irql);
    return status;
}

static NTSTATUS lab_restore(struct request *request)
{
    NTSTATUS status = STATUS_SUCCESS;

    (void)request;
    for (ULONG i = 0; i < UNITS && NT_SUCCESS(status); i++) {
        enum door before = behaviour_of(&units[i])->open;
        behave(&units[i].counters, units[i].row->behaviour);
        RtlZeroMemory(&units[i].reservation, sizeof(units[i].reservation));
        if (behaviour_of(&units[i])->open != before)
            status = name_door(&units[i]);
    }
    return status;
}

static const struct control lab_controls[] = {
    { IOCTL_LAB_COUNTERS, 0, 0, 0, lab_counters, 0 },
    { IOCTL_LAB_RESET, 0, 0, 0, lab_reset, 0 },
    { IOCTL_LAB_COMPLETE, 4, 4, STATUS_BUFFER_TOO_SMALL, lab_complete, 0 },
    { IOCTL_LAB_SET, sizeof(LAB_SET), 0, STATUS_BUFFER_TOO_SMALL, lab_set, 0 },
    { IOCTL_LAB_RESTORE, 0, 0, 0, lab_restore, 0 },
    { IOCTL_LAB_EVENT, sizeof(LAB_EVENT), 0, STATUS_BUFFER_TOO_SMALL, lab_event, 0 },
};

/* ---- Dispatch */

static struct unit *unit_of(DEVICE_OBJECT *device)
{
    return device == control_device || device == adapter_device ? NULL : *(struct unit **)device->DeviceExtension;
}

static NTSTATUS NTAPI dispatch_create(DEVICE_OBJECT *device, IRP *irp)
{
    struct unit *unit = unit_of(device);

    if (unit)
        count(&unit->counters.Opens);
    finish(irp, STATUS_SUCCESS, 0);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI dispatch_close(DEVICE_OBJECT *device, IRP *irp)
{
    struct unit *unit = unit_of(device);

    if (unit)
        count(&unit->counters.Closes);
    finish(irp, STATUS_SUCCESS, 0);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI dispatch_cleanup(DEVICE_OBJECT *device, IRP *irp)
{
    (void)device;
    finish(irp, STATUS_SUCCESS, 0);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI dispatch_control(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG code = stack->Parameters.DeviceIoControl.IoControlCode;
    struct unit *unit = unit_of(device);
    BOOLEAN adapter = device == adapter_device;
    const struct control *control = unit ? controls : adapter ? adapter_controls : lab_controls;
    const struct control *end =
        control + (unit ? COUNT(controls) : adapter ? COUNT(adapter_controls) : COUNT(lab_controls));
    struct request request = {
        .unit = unit,
        .irp = irp,
        .input = irp->AssociatedIrp.SystemBuffer,
        .output = irp->AssociatedIrp.SystemBuffer,
        .input_length = stack->Parameters.DeviceIoControl.InputBufferLength,
        .output_length = stack->Parameters.DeviceIoControl.OutputBufferLength,
    };
    NTSTATUS status = STATUS_INVALID_DEVICE_REQUEST;

    while (control < end && control->code != code)
        control++;
    if (control < end) {
        if (unit && control->counter != NOT_COUNTED)
            count((ULONG *)((UCHAR *)&unit->counters + control->counter));
        if (request.input_length < control->minimum_input || request.output_length < control->minimum_output)
            status = control->too_small;
        else
            status = control->handle(&request);
    } else if (unit) {
        unit->counters.LastCode = code;
        count(&unit->counters.Others);
    }
    /* A request that was kept may be completed, and gone, by now. */
    if (status != STATUS_PENDING)
        finish(irp, status, request.information);
    return status;
}

/* Disks alone have blocks, of 512 bytes each; what is in them says where it is. */
static NTSTATUS NTAPI dispatch_read(DEVICE_OBJECT *device, IRP *irp)
{
    enum { BLOCK = 512 };
    static const enum action actions[] = { ANSWER, HOLD, YIELD };
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG length = stack->Parameters.Read.Length;
    ULONGLONG at = (ULONGLONG)stack->Parameters.Read.ByteOffset.QuadPart;
    struct unit *unit = unit_of(device);
    enum action action = ANSWER;
    NTSTATUS status = STATUS_INVALID_DEVICE_REQUEST;

    if (unit)
        count(&unit->counters.Reads);
    if (unit && unit->row->kind == LAB_DISK) {
        status = length % BLOCK || at % BLOCK ? STATUS_INVALID_PARAMETER : access_status(unit);
        action = actions[unit->reservation.reads];
    }
    if (action != ANSWER && (status = hold(unit, irp, action, status)) == STATUS_PENDING)
        return status;
    for (ULONG i = 0; NT_SUCCESS(status) && i < length; i++)
        ((UCHAR *)irp->AssociatedIrp.SystemBuffer)[i] = (UCHAR)((at + i) / BLOCK);
    finish(irp, status, NT_SUCCESS(status) ? length : 0);
    return status;
}

/* ---- Coming and going */

static const WCHAR control_link[] = L"\\??\\StorageReleaseLab";
static const WCHAR adapter_link[] = L"\\??\\Scsi7:";

static NTSTATUS add_device(DRIVER_OBJECT *driver, const WCHAR *name, DEVICE_TYPE type, DEVICE_OBJECT **device)
{
    UNICODE_STRING device_name;
    NTSTATUS status;

    RtlInitUnicodeString(&device_name, name);
    status = IoCreateDevice(driver, sizeof(struct unit *), &device_name, type, 0, FALSE, device);
    if (NT_SUCCESS(status)) {
        (*device)->Flags |= DO_BUFFERED_IO;
        (*device)->Flags &= ~DO_DEVICE_INITIALIZING;
    }
    return status;
}

static NTSTATUS add_unit(DRIVER_OBJECT *driver, struct unit *unit, const struct row *row, ULONG number)
{
    WCHAR name[64];
    NTSTATUS status;

    unit->row = row;
    unit->number = number;
    unit->counters.Kind = row->kind;
    unit->counters.Number = number;
    behave(&unit->counters, row->behaviour);
    name_unit(name, kinds[row->kind].device, number);
    status = add_device(driver, name, kinds[row->kind].type, &unit->device);
    if (!NT_SUCCESS(status))
        return status;
    *(struct unit **)unit->device->DeviceExtension = unit;
    return name_door(unit);
}

/* One that is no unit, and its name. */
static NTSTATUS add_other_device(DRIVER_OBJECT *driver, const WCHAR *name, const WCHAR *link, DEVICE_TYPE type,
                                 DEVICE_OBJECT **device)
{
    NTSTATUS status = add_device(driver, name, type, device);

    return NT_SUCCESS(status) ? name_target(link, name) : status;
}

static void NTAPI unload(DRIVER_OBJECT *driver)
{
    struct held *held;
    WCHAR link[LAB_LONGEST_NAME];

    stopping = TRUE;
    KeSetEvent(&changed, IO_NO_INCREMENT, FALSE);
    if (thread) {
        KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(thread);
    }
    while ((held = take(is_any, NULL)))
        finish_held(held, STATUS_NO_SUCH_DEVICE);
    name_target(control_link, NULL);
    name_target(adapter_link, NULL);
    for (ULONG i = 0; i < UNITS && units[i].row; i++) {
        name_unit(link, kinds[units[i].row->kind].link, units[i].number);
        name_target(link, NULL);
        if (name_interface(link, &units[i]))
            name_target(link, NULL);
    }
    while (driver->DeviceObject)
        IoDeleteDevice(driver->DeviceObject);
}

static NTSTATUS start_thread(void)
{
    HANDLE handle;
    NTSTATUS status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, late_thread, NULL);

    if (!NT_SUCCESS(status))
        return status;
    status = ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, NULL, KernelMode, &thread, NULL);
    ZwClose(handle);
    return status;
}

NTSTATUS NTAPI DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    struct unit *unit = units;
    NTSTATUS status;

    (void)registry_path;
    KeInitializeSpinLock(&lock);
    KeInitializeEvent(&changed, SynchronizationEvent, FALSE);
    InitializeListHead(&held_list);
    driver->MajorFunction[IRP_MJ_CREATE] = dispatch_create;
    driver->MajorFunction[IRP_MJ_CLEANUP] = dispatch_cleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = dispatch_close;
    driver->MajorFunction[IRP_MJ_READ] = dispatch_read;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch_control;
    driver->DriverUnload = unload;

    status = add_other_device(driver, L"\\Device\\StorageReleaseLab", control_link, FILE_DEVICE_UNKNOWN, &control_device);
    if (NT_SUCCESS(status))
        status = add_other_device(driver, L"\\Device\\LabScsi7", adapter_link, FILE_DEVICE_CONTROLLER, &adapter_device);
    for (ULONG i = 0; NT_SUCCESS(status) && i < COUNT(rows); i++)
        status = add_unit(driver, unit++, &rows[i], rows[i].number);
    for (ULONG number = FIRST_OF_MANY; NT_SUCCESS(status) && number <= LAST_OF_MANY; number++)
        status = add_unit(driver, unit++, &many, number);
    if (NT_SUCCESS(status))
        status = start_thread();
    if (!NT_SUCCESS(status))
        unload(driver);
    return status;
}
