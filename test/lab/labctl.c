/*
 * labctl: the lab's control program, so that the driver can be proved without anything of the project.
 *
 *   labctl counters                     every unit's counters, one JSON document
 *   labctl reset                        counters to 0
 *   labctl restore                      every unit behaves as at the start again
 *   labctl complete [status]            completes what hangs, with STATUS_SUCCESS or the status given
 *   labctl set UNIT behaviour|status    UNIT is a disk's number, tapeN or changerN; a status is 0x...
 *   labctl other UNIT reserve|release   the other host's command; says good, or conflict
 *   labctl keys UNIT COUNT              so many initiators have registered a key
 *   labctl unitreset UNIT               a reset of the unit
 *   labctl odd UNIT none|short|long|length|garbage
 *                                       how PERSISTENT RESERVE IN is answered
 *   labctl ready UNIT rightly|always    how CHECK_VERIFY is answered while the other host holds it
 *   labctl reads UNIT rightly|hold|yield
 *                                       how a read is answered
 *   labctl type UNIT N                  the first registrant holds a persistent reservation of this type; 0: nobody does
 *   labctl outs UNIT [ACTION:]HOW       what becomes of PERSISTENT RESERVE OUT, of a service action's number or of all:
 *                                       rightly, silent, lost, refused, hold
 *   labctl resets UNIT unit|nothing|refused
 *                                       what the adapter does when it is to break the disk's reservation
 *   labctl probe UNIT...                opens, GET_DEVICE_NUMBER, QUERY_PROPERTY, RELEASE; one line of JSON each
 *   labctl run REPORT LIMITMS STDIN STDOUT STDERR -- command line
 *                                       the command's Windows parent: STDIN is a file, NUL, pipe:FILE (a Windows
 *                                       pipe with the file's bytes), or pipe+N:FILE (which ends no sooner than
 *                                       STDOUT has N lines); the others are files, REPORT of JSON
 *   labctl hold                         says "up", then stays: keeps Wine's server, and so the driver, alive
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <winioctl.h>
#include <winternl.h>

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "driver/labdisk.h"

static const char *const behaviour_names[] = {
#define BEHAVIOUR_NAME(name, open, query, release, status, identity) #name,
    LAB_BEHAVIOURS(BEHAVIOUR_NAME)
};

static const char *const oddity_names[] = {
#define ODDITY_NAME(name) #name,
    LAB_ODDITIES(ODDITY_NAME)
};

static const char *const readiness_names[] = {
#define READINESS_NAME(name) #name,
    LAB_READINESSES(READINESS_NAME)
};

static const char *const reading_names[] = {
#define READING_NAME(name) #name,
    LAB_READINGS(READING_NAME)
};

static const char *const out_names[] = {
#define OUT_NAME(name) #name,
    LAB_OUTS_ROWS(OUT_NAME)
};

static const char *const resetting_names[] = {
#define RESETTING_NAME(name) #name,
    LAB_RESETTINGS(RESETTING_NAME)
};

/* Events whose value is one of some words. */
static const struct {
    const char *verb;
    ULONG event, count;
    const char *const *words;
} worded[] = {
    { "odd", LAB_ODD, LAB_ODDITY_COUNT, oddity_names },
    { "ready", LAB_READY, LAB_READINESS_COUNT, readiness_names },
    { "reads", LAB_READS, LAB_READING_COUNT, reading_names },
    { "outs", LAB_OUTS, LAB_OUT_COUNT, out_names },
    { "resets", LAB_RESETS, LAB_RESETTING_COUNT, resetting_names },
};

static const struct {
    const char *name;
    const WCHAR *stem;
} kinds[] = { { "disk", L"PhysicalDrive" }, { "tape", L"Tape" }, { "changer", L"Changer" } };

/* How long a request of a probe may take, and how long its cancellation. */
enum { PROBE_MS = 1500, CANCEL_MS = 500 };

static int fail(const char *what)
{
    fprintf(stderr, "labctl: %s: %lu\n", what, GetLastError());
    return 1;
}

/* ---- The control device */

static HANDLE open_device(const WCHAR *path, DWORD access, DWORD flags)
{
    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, flags, NULL);
}

static BOOL control(DWORD code, void *input, DWORD input_length, void *output, DWORD output_length,
                    DWORD *returned)
{
    HANDLE device = open_device(L"\\\\.\\StorageReleaseLab", 0, 0);
    if (device == INVALID_HANDLE_VALUE)
        return FALSE;
    BOOL done = DeviceIoControl(device, code, input, input_length, output, output_length, returned, NULL);
    DWORD error = GetLastError();
    CloseHandle(device);
    SetLastError(error);
    return done;
}

static int counters(void)
{
    static LAB_COUNTERS rows[512];
    DWORD returned;

    if (!control(IOCTL_LAB_COUNTERS, NULL, 0, rows, sizeof(rows), &returned))
        return fail("counters");
    printf("[");
    for (DWORD i = 0; i < returned / sizeof(rows[0]); i++) {
        const LAB_COUNTERS *row = &rows[i];
        printf("%s\n{\"kind\":\"%s\",\"number\":%lu,\"behaviour\":\"%s\",\"status\":%lu,", i ? "," : "",
               kinds[row->Kind].name, row->Number, behaviour_names[row->Behaviour], row->Status);
        printf("\"opens\":%lu,\"closes\":%lu,\"releases\":%lu,\"reserves\":%lu,\"verifies\":%lu,", row->Opens,
               row->Closes, row->Releases, row->Reserves, row->Verifies);
        printf("\"queries\":%lu,\"lists\":%lu,\"others\":%lu,\"lastCode\":%lu,\"pending\":%lu,\"reads\":%lu,",
               row->Queries, row->Lists, row->Others, row->LastCode, row->Pending, row->Reads);
        printf("\"resets\":%lu,\"outs\":[", row->Resets);
        for (ULONG action = 0; action < LAB_ACTIONS; action++)
            printf("%s%lu", action ? "," : "", row->Outs[action]);
        printf("]}");
    }
    printf("\n]\n");
    return 0;
}

/* For the codes without buffers. */
static int tell(DWORD code, const char *what)
{
    DWORD returned;
    return control(code, NULL, 0, NULL, 0, &returned) ? 0 : fail(what);
}

static int complete(const char *status)
{
    DWORD value = status ? strtoul(status, NULL, 0) : 0, completed, returned;
    if (!control(IOCTL_LAB_COMPLETE, &value, sizeof(value), &completed, sizeof(completed), &returned))
        return fail("complete");
    printf("{\"completed\":%lu}\n", completed);
    return 0;
}

static BOOL parse_unit(const char *text, ULONG *kind, ULONG *number)
{
    char *end;

    *kind = LAB_DISK;
    for (ULONG i = LAB_TAPE; i <= LAB_CHANGER; i++) {
        size_t length = strlen(kinds[i].name);
        if (strncmp(text, kinds[i].name, length))
            continue;
        *kind = i;
        text += length;
    }
    *number = strtoul(text, &end, 10);
    return end != text && !*end;
}

static int set(const char *unit, const char *what)
{
    LAB_SET set = { .Behaviour = LAB_BEHAVIOUR_COUNT };
    DWORD returned;

    if (!parse_unit(unit, &set.Kind, &set.Number)) {
        fprintf(stderr, "labctl: %s is no unit\n", unit);
        return 2;
    }
    if (!strncmp(what, "0x", 2)) {
        set.HasStatus = 1;
        set.Status = strtoul(what, NULL, 16);
    } else {
        for (set.Behaviour = 0; set.Behaviour < LAB_BEHAVIOUR_COUNT; set.Behaviour++)
            if (!strcmp(what, behaviour_names[set.Behaviour]))
                break;
        if (set.Behaviour == LAB_BEHAVIOUR_COUNT) {
            fprintf(stderr, "labctl: %s is no behaviour\n", what);
            return 2;
        }
    }
    return control(IOCTL_LAB_SET, &set, sizeof(set), NULL, 0, &returned) ? 0 : fail("set");
}

/* ---- Reservations: what happens to a shared disk without this host */

static int no_such(const char *what, const char *word)
{
    fprintf(stderr, "labctl: %s is no %s\n", word, what);
    return 2;
}

/* Says which of the two answers the other host got. */
static int event(const char *verb, const char *unit, const char *word)
{
    LAB_EVENT event = { .Event = LAB_UNIT_RESET };
    ULONG action = LAB_EVERY_ACTION;
    DWORD returned;
    char *end;

    if (!parse_unit(unit, &event.Kind, &event.Number))
        return no_such("unit", unit);
    if (!strcmp(verb, "other")) {
        if (strcmp(word, "reserve") && strcmp(word, "release"))
            return no_such("command", word);
        event.Event = strcmp(word, "reserve") ? LAB_OTHER_RELEASES : LAB_OTHER_RESERVES;
    } else if (!strcmp(verb, "keys") || !strcmp(verb, "type")) {
        event.Event = strcmp(verb, "keys") ? LAB_TYPE : LAB_KEYS;
        event.Value = strtoul(word, &end, 10);
        if (*end || !*word)
            return no_such("count", word);
    } else if (!strcmp(verb, "outs") && strchr(word, ':')) {
        action = strtoul(word, &end, 10);
        word = end + 1;
    }
    for (ULONG i = 0; i < sizeof(worded) / sizeof(worded[0]); i++) {
        if (strcmp(verb, worded[i].verb))
            continue;
        event.Event = worded[i].event;
        while (event.Value < worded[i].count && strcmp(word, worded[i].words[event.Value]))
            event.Value++;
        if (event.Value == worded[i].count)
            return no_such(verb, word);
        if (event.Event == LAB_OUTS)
            event.Value |= action << 8;
    }
    if (control(IOCTL_LAB_EVENT, &event, sizeof(event), NULL, 0, &returned))
        return puts("good") < 0;
    return GetLastError() == ERROR_BUSY ? puts("conflict") < 0 : fail(verb);
}

/* ---- Probe */

struct answer {
    DWORD status; /* what the request ended with; STATUS_PENDING: it never ended */
    BOOL expired; /* it did not end by itself in time and was cancelled */
    ULONG_PTR information;
    DWORD milliseconds;
};

/* An IO_STATUS_BLOCK and the buffer live until the process ends: the driver may still write to them. */
static struct answer request(HANDLE device, DWORD code, const void *input, DWORD input_length, void *output,
                             DWORD output_length)
{
    IO_STATUS_BLOCK *block = calloc(1, sizeof(*block));
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD started = GetTickCount();
    struct answer answer = { 0 };
    NTSTATUS status = NtDeviceIoControlFile(device, event, NULL, NULL, block, code, (void *)input, input_length,
                                            output, output_length);

    if (status == (NTSTATUS)STATUS_PENDING) {
        if (WaitForSingleObject(event, PROBE_MS)) {
            answer.expired = TRUE;
            CancelIoEx(device, (OVERLAPPED *)block);
        }
        status = WaitForSingleObject(event, CANCEL_MS) ? (NTSTATUS)STATUS_PENDING : block->Status;
    }
    answer.status = (DWORD)status;
    answer.information = status == (NTSTATUS)STATUS_PENDING ? 0 : block->Information;
    answer.milliseconds = GetTickCount() - started;
    return answer;
}

static void print_answer(const char *name, struct answer answer)
{
    printf(",\"%s\":{\"status\":%lu,\"win32\":%lu,\"information\":%llu", name, answer.status,
           RtlNtStatusToDosError((NTSTATUS)answer.status), (unsigned long long)answer.information);
    printf(",\"expired\":%s,\"ms\":%lu", answer.expired ? "true" : "false", answer.milliseconds);
}

static void print_text(const char *name, const BYTE *bytes, DWORD length, DWORD offset)
{
    printf(",\"%s\":", name);
    if (!offset || offset >= length) {
        printf(offset ? "\"?\"" : "null");
        return;
    }
    putchar('"');
    for (; offset < length && bytes[offset]; offset++)
        if (bytes[offset] < 0x20 || bytes[offset] > 0x7E || bytes[offset] == '"' || bytes[offset] == '\\')
            printf("\\u%04x", bytes[offset]);
        else
            putchar(bytes[offset]);
    putchar('"');
}

static void print_hex(const BYTE *bytes, DWORD length)
{
    for (DWORD i = 0; i < length; i++)
        printf("%02x", bytes[i]);
}

/* Asks for the 8 bytes of the header, then for the whole, as the SDK tells callers to. */
static struct answer query(HANDLE device, DWORD property, BYTE *output, DWORD room, DWORD *size)
{
    STORAGE_PROPERTY_QUERY query = { .PropertyId = property };
    STORAGE_DESCRIPTOR_HEADER header = { 0 };
    struct answer answer =
        request(device, IOCTL_STORAGE_QUERY_PROPERTY, &query, sizeof(query), &header, sizeof(header));

    *size = header.Size;
    if (answer.status)
        return answer;
    if (answer.information != sizeof(header))
        fprintf(stderr, "labctl: the header of property %lu has %llu bytes\n", property,
                (unsigned long long)answer.information);
    return request(device, IOCTL_STORAGE_QUERY_PROPERTY, &query, sizeof(query), output, room);
}

static void print_device(HANDLE device)
{
    static BYTE bytes[4096];
    const STORAGE_DEVICE_DESCRIPTOR *descriptor = (const STORAGE_DEVICE_DESCRIPTOR *)bytes;
    DWORD size;
    struct answer answer = query(device, StorageDeviceProperty, bytes, sizeof(bytes), &size);

    print_answer("device", answer);
    if (!answer.status) {
        DWORD length = (DWORD)answer.information;
        printf(",\"size\":%lu,\"type\":%u,\"removable\":%u,\"bus\":%d", size, descriptor->DeviceType,
               descriptor->RemovableMedia, descriptor->BusType);
        print_text("vendor", bytes, length, descriptor->VendorIdOffset);
        print_text("product", bytes, length, descriptor->ProductIdOffset);
        print_text("serial", bytes, length, descriptor->SerialNumberOffset);
    }
    printf("}");
}

static void print_ids(HANDLE device)
{
    static BYTE bytes[4096];
    DWORD size, at = 12;
    struct answer answer = query(device, StorageDeviceIdProperty, bytes, sizeof(bytes), &size);

    print_answer("ids", answer);
    if (!answer.status) {
        DWORD left;
        memcpy(&left, bytes + 8, sizeof(left));
        printf(",\"size\":%lu,\"list\":[", size);
        for (BOOL first = TRUE; left-- && at + 16 <= answer.information; first = FALSE) {
            struct {
                DWORD code_set, type;
                WORD size, next;
                DWORD association;
            } head;
            memcpy(&head, bytes + at, sizeof(head));
            printf("%s{\"codeSet\":%lu,\"type\":%lu,\"association\":%lu", first ? "" : ",", head.code_set,
                   head.type, head.association);
            printf(",\"id\":\"");
            if (at + 16 + head.size <= answer.information)
                print_hex(bytes + at + 16, head.size);
            printf("\"}");
            if (!head.next)
                break;
            at += head.next;
        }
        printf("]");
    }
    printf("}");
}

static int probe(const char *unit)
{
    ULONG kind, number;
    WCHAR path[64];

    if (!parse_unit(unit, &kind, &number))
        return 2;
    swprintf(path, 64, L"\\\\.\\%ls%lu", kinds[kind].stem, number);
    DWORD started = GetTickCount();
    HANDLE device = open_device(path, GENERIC_READ, FILE_FLAG_OVERLAPPED);
    DWORD error = device == INVALID_HANDLE_VALUE ? GetLastError() : 0;
    printf("{\"unit\":\"%s\",\"open\":{\"win32\":%lu,\"ms\":%lu}", unit, error, GetTickCount() - started);
    if (!error) {
        STORAGE_DEVICE_NUMBER answer = { 0 };
        print_answer("number", request(device, IOCTL_STORAGE_GET_DEVICE_NUMBER, NULL, 0, &answer, sizeof(answer)));
        printf(",\"type\":%lu,\"number\":%lu,\"partition\":%lu}", answer.DeviceType, answer.DeviceNumber,
               answer.PartitionNumber);
        print_device(device);
        print_ids(device);
        print_answer("release", request(device, 0x2D4814, NULL, 0, NULL, 0));
        printf("}");
        print_answer("verify", request(device, 0x2D4800, NULL, 0, NULL, 0));
        printf("}");
        print_answer("unknown", request(device, 0x2D5014, NULL, 0, NULL, 0));
        printf("}");
    }
    /* A request without input gives no room for one: the driver must check. And a handle without read access. */
    if (!error) {
        struct answer answer = request(device, IOCTL_STORAGE_QUERY_PROPERTY, "12345678", 8, NULL, 0);
        print_answer("shortQuery", answer);
        printf("}");
        HANDLE bare = open_device(path, 0, FILE_FLAG_OVERLAPPED);
        if (bare != INVALID_HANDLE_VALUE) {
            print_answer("releaseWithoutAccess", request(bare, 0x2D4814, NULL, 0, NULL, 0));
            printf("}");
            CloseHandle(bare);
        }
        CloseHandle(device);
    }
    printf("}\n");
    fflush(stdout);
    return 0;
}

/* ---- Run */

static HANDLE open_inherited(const WCHAR *path, DWORD access, DWORD disposition)
{
    SECURITY_ATTRIBUTES inherited = { sizeof(inherited), NULL, TRUE };
    DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    return CreateFileW(path, access, share, &inherited, disposition, 0, NULL);
}

struct feed {
    HANDLE from, to;
    const WCHAR *output; /* and it ends no sooner than this file has so many lines */
    unsigned long lines;
    ULONGLONG ended;
};

/* Of the system's clock, in 100 ns since 1601. */
static ULONGLONG date(void)
{
    FILETIME now;
    GetSystemTimePreciseAsFileTime(&now);
    return (ULONGLONG)now.dwHighDateTime << 32 | now.dwLowDateTime;
}

/* Unix time in milliseconds. */
static double unix_ms(ULONGLONG at)
{
    return at ? (double)(at - 116444736000000000ull) / 10000 : 0;
}

static unsigned long lines_of(const WCHAR *path)
{
    DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, got;
    HANDLE file = CreateFileW(path, GENERIC_READ, share, NULL, OPEN_EXISTING, 0, NULL);
    static char bytes[65536];
    unsigned long lines = 0;

    if (file == INVALID_HANDLE_VALUE)
        return 0;
    while (ReadFile(file, bytes, sizeof(bytes), &got, NULL) && got)
        for (DWORD i = 0; i < got; i++)
            lines += bytes[i] == '\n';
    CloseHandle(file);
    return lines;
}

static DWORD WINAPI feed_thread(void *argument)
{
    struct feed *feed = argument;
    BYTE bytes[65536];
    DWORD got, put;

    while (ReadFile(feed->from, bytes, sizeof(bytes), &got, NULL) && got)
        if (!WriteFile(feed->to, bytes, got, &put, NULL))
            break;
    while (lines_of(feed->output) < feed->lines)
        Sleep(5);
    feed->ended = date();
    CloseHandle(feed->to);
    return 0;
}

/* Everything after " -- ", as it stands: no quoting is done or undone on the way. */
static WCHAR *rest_of_command_line(void)
{
    WCHAR *at = wcsstr(GetCommandLineW(), L" -- ");
    return at ? at + 4 : NULL;
}

static int run(WCHAR **arguments)
{
    const WCHAR *report = arguments[0], *input = arguments[2];
    DWORD limit = wcstoul(arguments[1], NULL, 10), code = STILL_ACTIVE, started = GetTickCount();
    STARTUPINFOW startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { 0 };
    PROCESS_INFORMATION process;
    WCHAR *command = rest_of_command_line();
    static struct feed feed;

    if (!command)
        return 2;
    if (!wcsncmp(input, L"pipe:", 5) || !wcsncmp(input, L"pipe+", 5)) {
        WCHAR *file = (WCHAR *)input + 5;
        SECURITY_ATTRIBUTES inherited = { sizeof(inherited), NULL, TRUE };
        if (!CreatePipe(&startup.hStdInput, &feed.to, &inherited, 0))
            return fail("pipe");
        SetHandleInformation(feed.to, HANDLE_FLAG_INHERIT, 0);
        if (input[4] == '+')
            feed.lines = wcstoul(file, &file, 10), file++;
        feed.output = arguments[3];
        feed.from = CreateFileW(file, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
        if (feed.from == INVALID_HANDLE_VALUE)
            return fail("stdin");
    } else {
        startup.hStdInput = open_inherited(input, GENERIC_READ, OPEN_EXISTING);
    }
    startup.hStdOutput = open_inherited(arguments[3], GENERIC_WRITE, CREATE_ALWAYS);
    startup.hStdError = open_inherited(arguments[4], GENERIC_WRITE, CREATE_ALWAYS);
    /* Not before the old output is gone: its lines are counted. */
    if (feed.output)
        CreateThread(NULL, 0, feed_thread, &feed, 0, NULL);

    HANDLE job = CreateJobObjectW(NULL, NULL);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
    /* Suspended until it is in the job: a child that it starts must not escape the time limit. */
    if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, CREATE_SUSPENDED | CREATE_NO_WINDOW, NULL, NULL, &startup,
                        &process))
        return fail("CreateProcess");
    AssignProcessToJobObject(job, process.hProcess);
    ResumeThread(process.hThread);
    CloseHandle(startup.hStdInput);

    BOOL expired = WaitForSingleObject(process.hProcess, limit) != WAIT_OBJECT_0;
    ULONGLONG ended = date();
    DWORD milliseconds = GetTickCount() - started;
    if (expired) {
        TerminateJobObject(job, 258);
        WaitForSingleObject(process.hProcess, 2000);
    }
    GetExitCodeProcess(process.hProcess, &code);
    FILE *to = _wfopen(report, L"wb");
    if (!to)
        return fail("report");
    fprintf(to, "{\"code\":%lu,\"timedOut\":%s,\"ms\":%lu,\"ended\":%s", code, expired ? "true" : "false",
            milliseconds, WaitForSingleObject(process.hProcess, 0) ? "false" : "true");
    fprintf(to, ",\"endedAt\":%.3f,\"inputEndedAt\":%.3f}\n", unix_ms(ended), unix_ms(feed.ended));
    fclose(to);
    return 0;
}

/* Never returns: keeps Wine's server alive, and the pipe that refuses to be read from (see labdisk.h). */
static int hold(void)
{
    HANDLE pipe =
        CreateNamedPipeW(L"\\\\.\\pipe\\" LAB_DENYING_PIPE, PIPE_ACCESS_INBOUND, PIPE_WAIT, 1, 0, 0, 0, NULL);

    if (pipe == INVALID_HANDLE_VALUE)
        return fail("pipe");
    puts("up");
    fflush(stdout);
    for (;;) {
        ConnectNamedPipe(pipe, NULL);
        DisconnectNamedPipe(pipe);
    }
}

int wmain(int count, WCHAR **wide)
{
    /* All words but the command line of `run`, which is taken as it came, are short and ASCII. */
    char (*arguments)[64] = calloc((size_t)count + 1, sizeof(*arguments));
    const char *verb = arguments[1];

    for (int i = 1; i < count; i++)
        WideCharToMultiByte(CP_ACP, 0, wide[i], -1, arguments[i], sizeof(arguments[i]) - 1, NULL, NULL);
    if (!strcmp(verb, "counters"))
        return counters();
    if (!strcmp(verb, "reset"))
        return tell(IOCTL_LAB_RESET, verb);
    if (!strcmp(verb, "restore"))
        return tell(IOCTL_LAB_RESTORE, verb);
    if (!strcmp(verb, "complete"))
        return complete(count > 2 ? arguments[2] : NULL);
    if (!strcmp(verb, "set") && count == 4)
        return set(arguments[2], arguments[3]);
    if ((!strcmp(verb, "other") || !strcmp(verb, "keys") || !strcmp(verb, "odd") || !strcmp(verb, "ready")
         || !strcmp(verb, "reads") || !strcmp(verb, "type") || !strcmp(verb, "outs") || !strcmp(verb, "resets"))
        && count == 4)
        return event(verb, arguments[2], arguments[3]);
    if (!strcmp(verb, "unitreset") && count == 3)
        return event(verb, arguments[2], "");
    if (!strcmp(verb, "probe") && count > 2) {
        for (int i = 2; i < count; i++)
            if (probe(arguments[i]))
                return 2;
        /* Ends without the C run-time's farewell: a request that hangs in the driver must not hold it. */
        TerminateProcess(GetCurrentProcess(), 0);
    }
    if (!strcmp(verb, "run") && count > 7)
        return run(wide + 2);
    if (!strcmp(verb, "hold"))
        return hold();
    fputs("usage: labctl counters | reset | restore | complete [status] | set UNIT behaviour|0xSTATUS"
          " | other UNIT reserve|release | keys UNIT COUNT | unitreset UNIT | odd UNIT KIND"
          " | ready UNIT HOW | reads UNIT HOW | type UNIT N | outs UNIT [ACTION:]HOW | resets UNIT HOW"
          " | probe UNIT... | run ... | hold\n", stderr);
    return 2;
}
