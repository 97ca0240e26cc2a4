/*
 * One iSCSI initiator, driven by lines. Each line on stdin is answered by one line on stdout.
 *
 *   initiator PORTAL TARGET NAME ISID      ISID: a number up to ffffff in hex, this initiator's own
 *
 *   login                                  done
 *   logout                                 done
 *   lun-reset LUN                          done
 *   warm-reset LUN, cold-reset LUN         done; of the whole target, LUN is not looked at
 *   cdb LUN HEX none                       status STATUS KEY CODE DATA
 *   cdb LUN HEX in LENGTH                  as above; all four in hex, "-" for no data
 *   cdb LUN HEX out HEXDATA                as above; "-" sends no data
 *
 * Anything that goes wrong below SCSI is "failed WHY". The end of stdin ends the program.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>

enum { LINE = 16384, DATA = 4096 };

static const char *portal, *target, *name;
static uint32_t isid;
static struct iscsi_context *session;

static void failed(const char *what)
{
    const char *why = session ? iscsi_get_error(session) : "";

    printf("failed %s: ", what);
    /* The answer is one line, whatever the library says. */
    for (; *why; why++)
        putchar(iscntrl((unsigned char)*why) ? ' ' : *why);
    putchar('\n');
}

static void leave(void)
{
    iscsi_destroy_context(session);
    session = NULL;
}

static void login(void)
{
    if (session) {
        failed("login: logged in already");
        return;
    }
    session = iscsi_create_context(name);
    if (!session) {
        failed("login: no memory");
        return;
    }
    iscsi_set_targetname(session, target);
    iscsi_set_session_type(session, ISCSI_SESSION_NORMAL);
    iscsi_set_header_digest(session, ISCSI_HEADER_DIGEST_NONE);
    iscsi_set_isid_en(session, isid, 0);
    /* A connection that comes back by itself would be a new nexus that nobody asked for. */
    iscsi_set_noautoreconnect(session, 1);
    iscsi_set_timeout(session, 60);
    /* Not iscsi_full_connect_sync: that one sends TEST UNIT READY until the unit attentions are gone. */
    if (iscsi_connect_sync(session, portal) != 0 || iscsi_login_sync(session) != 0) {
        failed("login");
        leave();
        return;
    }
    puts("done");
}

static void logout(void)
{
    if (!session || iscsi_logout_sync(session) != 0) {
        failed("logout");
        return;
    }
    leave();
    puts("done");
}

/* Task management functions. One that the target refuses is "failed", and libiscsi's reason says how. */
static void reset(const char *verb, const char *lun)
{
    int result = -1;

    if (session && lun && strcmp(verb, "lun-reset") == 0)
        result = iscsi_task_mgmt_lun_reset_sync(session, (uint32_t)atoi(lun));
    else if (session && strcmp(verb, "warm-reset") == 0)
        result = iscsi_task_mgmt_target_warm_reset_sync(session);
    else if (session && strcmp(verb, "cold-reset") == 0)
        result = iscsi_task_mgmt_target_cold_reset_sync(session);
    if (result != 0)
        failed(verb);
    else
        puts("done");
}

/* Returns the number of bytes, or -1 for what is not hex or too long. */
static int from_hex(const char *text, unsigned char *bytes, int room)
{
    int length = 0;

    if (strcmp(text, "-") == 0)
        return 0;
    for (; text[0]; text += 2, length++) {
        char pair[3] = { text[0], text[1], 0 };

        if (length == room || !isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
            return -1;
        bytes[length] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return length;
}

static void answer(const struct scsi_task *task)
{
    int checked = task->status == SCSI_STATUS_CHECK_CONDITION;

    printf("status %02x %x %04x ", (unsigned)task->status, checked ? (unsigned)task->sense.key : 0,
           checked ? (unsigned)task->sense.ascq : 0);
    /* With CHECK CONDITION, libiscsi keeps the sense data where the data would be. */
    if (checked || task->datain.size <= 0)
        putchar('-');
    else
        for (int at = 0; at < task->datain.size; at++)
            printf("%02x", task->datain.data[at]);
    putchar('\n');
}

static void command(const char *lun, const char *hex, const char *way, const char *rest)
{
    unsigned char cdb[16], bytes[DATA];
    int cdb_length = hex ? from_hex(hex, cdb, sizeof cdb) : -1;
    int direction = SCSI_XFER_NONE, length = 0;
    struct iscsi_data out = { 0, bytes };
    struct scsi_task *task;

    if (way && strcmp(way, "in") == 0 && rest) {
        direction = SCSI_XFER_READ;
        length = atoi(rest);
    } else if (way && strcmp(way, "out") == 0 && rest) {
        direction = SCSI_XFER_WRITE;
        length = from_hex(rest, bytes, sizeof bytes);
    } else if (!way || strcmp(way, "none") != 0) {
        length = -1;
    }
    if (!session || cdb_length <= 0 || length < 0) {
        failed("cdb: not logged in, or not understood");
        return;
    }
    if (length == 0)
        direction = SCSI_XFER_NONE;
    task = scsi_create_task(cdb_length, cdb, direction, length);
    if (!task) {
        failed("cdb: no memory");
        return;
    }
    out.size = (size_t)length;
    if (!iscsi_scsi_command_sync(session, atoi(lun), task, direction == SCSI_XFER_WRITE ? &out : NULL))
        failed("cdb");
    else if (task->status < 0 || task->status > 0xff)
        /* libiscsi's own statuses: cancelled, timed out, lost. */
        failed("cdb: no status");
    else
        answer(task);
    scsi_free_scsi_task(task);
}

int main(int argc, char **argv)
{
    static char line[LINE];

    if (argc != 5) {
        fputs("usage: initiator PORTAL TARGET NAME ISID\n", stderr);
        return 2;
    }
    portal = argv[1];
    target = argv[2];
    name = argv[3];
    isid = (uint32_t)strtoul(argv[4], NULL, 16);
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin)) {
        const char *verb = strtok(line, " \n");
        const char *lun = strtok(NULL, " \n");
        const char *hex = strtok(NULL, " \n");
        const char *way = strtok(NULL, " \n");
        const char *rest = strtok(NULL, " \n");

        if (verb && strcmp(verb, "login") == 0)
            login();
        else if (verb && strcmp(verb, "logout") == 0)
            logout();
        else if (verb && strstr(verb, "-reset"))
            reset(verb, lun);
        else if (verb && strcmp(verb, "cdb") == 0)
            command(lun, hex, way, rest);
        else
            puts("failed: not understood");
    }
    if (session)
        leave();
    return 0;
}
