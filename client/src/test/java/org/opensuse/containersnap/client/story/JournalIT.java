package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.BUS_NAME;
import static org.opensuse.containersnap.client.story.Machine.TOP;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.story.Bus.Job;

/// What an administrator finds in the journal: the real journald, with the service connected to it as systemd would.
class JournalIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    @RegisterExtension
    static final Lab withoutJournal = Lab.machine();

    /* Of the kernel, which is the real machine's, it neither reads messages nor changes the auditing. */
    private static final String JOURNALD = """
            mkdir -p /run/systemd/journald.conf.d
            printf '[Journal]\\nStorage=volatile\\nReadKMsg=no\\nAudit=\\n' >/run/systemd/journald.conf.d/lab.conf
            exec /lib/systemd/systemd-journald
            """;

    /* systemd sets the variable for what it connects to the journal; systemd-cat of systemd 252 does not. */
    private static final String SERVICE = """
            JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec /usr/libexec/container-snap/container-snapd
            """;

    private static final String NOBODY = "65534";
    private static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--");

    private static final String JOB_STARTED = "MESSAGE_ID=4c8b475e0c6340039d3add79bdcc12fe";
    private static final String JOB_SUCCEEDED = "MESSAGE_ID=32744de58512470692d4c6b3f21e6709";
    private static final String JOB_FAILED = "MESSAGE_ID=51bfe92affd2496f841ec719b89c3632";
    private static final String JOB_CANCELLED = "MESSAGE_ID=bf2864fb480643299913aaaf239a54c2";
    private static final String SNAPSHOT_CREATED = "MESSAGE_ID=93fd5d88979147fb9915e748566211cb";
    private static final String SNAPSHOT_DELETED = "MESSAGE_ID=643df5cf411e4555a75408147d0e3c60";
    private static final String DEFAULT_CHANGED = "MESSAGE_ID=28233cb8e32942e4a23ac6dcad0dfd6f";
    private static final String ACCESS_DENIED = "MESSAGE_ID=96e2633c9949470fa7f5ac245f8bac05";

    private static final String INFO = "PRIORITY=6";
    private static final String WARNING = "PRIORITY=4";
    private static final String BY_ROOT = "CONTAINER_SNAP_CALLER_UID=0";
    private static final String NATIVELY = "_TRANSPORT=journal";

    private static final Machine machine = new Machine(lab);
    private static final Bus bus = new Bus(lab);
    private static String image = "";

    @BeforeAll
    static void begin() {
        lab.start("bash", "-euc", JOURNALD);
        Await.until("journald", () -> lab.run("journalctl", "--sync").status() == 0);
        lab.start("systemd-cat", "-t", "stray", "bash", "-euc", SERVICE);
        Await.until("the service", bus::serviceRuns);
        image = machine.pull("tiny:1");
    }

    @AfterEach
    void putBack() {
        set("LogLevel", "info").ok();
        set("LogTarget", "journal").ok();
    }

    /// The messages of the entries that have all these fields.
    private static List<String> found(String... fields) {
        return journal("cat", fields).lines().toList();
    }

    private static String journal(String format, String... fields) {
        lab.run("journalctl", "--sync").ok();
        List<String> command =
                new ArrayList<>(List.of("journalctl", "-q", "-x", "-o", format, "-t", "container-snapd"));
        command.addAll(Arrays.asList(fields));
        return lab.run(command.toArray(String[]::new)).ok();
    }

    private static String field(String name, String value) {
        return "CONTAINER_SNAP_" + name + "=" + value;
    }

    private static Result set(String property, String value) {
        return lab.run(setter(property, value).toArray(String[]::new));
    }

    private static List<String> setter(String property, String value) {
        return List.of(
                "busctl",
                "set-property",
                BUS_NAME,
                "/org/freedesktop/LogControl1",
                "org.freedesktop.LogControl1",
                property,
                "s",
                value);
    }

    private static String get(String property) {
        return lab.run(
                        "busctl",
                        "get-property",
                        BUS_NAME,
                        "/org/freedesktop/LogControl1",
                        "org.freedesktop.LogControl1",
                        property)
                .line();
    }

    private static Result asNobody(List<String> words) {
        List<String> command = new ArrayList<>(AS_NOBODY);
        command.addAll(words);
        return lab.run(command.toArray(String[]::new));
    }

    @Test
    void aPullIsFoundByItsJob() {
        Job pull = bus.pull(lab.image("relabel:1"));
        assertThat(pull.end()).isEqualTo("succeeded");
        String job = field("JOB", pull.get("Id"));
        String brought = pull.get("Result").replaceFirst(".*\"([0-9a-f]{64})\"$", "$1");

        String reference = field("REFERENCE", "docker://" + lab.image("relabel:1"));
        assertThat(found(job)).hasSize(3);
        assertThat(found(job, JOB_STARTED, field("OPERATION", "pull"), reference, BY_ROOT, INFO, NATIVELY))
                .hasSize(1);
        assertThat(found(job, SNAPSHOT_CREATED, field("SNAPSHOT", brought), field("IMAGE", brought), BY_ROOT))
                .hasSize(1);
        assertThat(found(job, JOB_SUCCEEDED, reference, field("IMAGE", brought), BY_ROOT))
                .containsExactly("job succeeded job=" + pull.get("Id") + " operation=pull reference=docker://"
                        + lab.image("relabel:1") + " caller_uid=0 image=" + brought);
    }

    @Test
    void aPullOfWhatIsThereCreatesNoSnapshot() {
        Job again = bus.pull(lab.image("tiny:1"));
        assertThat(again.end()).isEqualTo("succeeded");

        assertThat(found(field("JOB", again.get("Id")), JOB_SUCCEEDED)).hasSize(1);
        assertThat(found(SNAPSHOT_CREATED, field("SNAPSHOT", image))).hasSize(1);
    }

    @Test
    void aJobThatFailsSaysWhy() {
        Job failing = bus.pull(lab.image("tiny:none"));
        assertThat(failing.end()).isEqualTo("failed");

        String why = "can't pull docker://" + lab.image("tiny:none") + ": the registry has no such image or tag";
        assertThat(found(field("JOB", failing.get("Id")), JOB_FAILED, field("ERROR", why), BY_ROOT, WARNING))
                .hasSize(1);
        assertThat(found(field("JOB", failing.get("Id")))).hasSize(2);
    }

    @Test
    void aJobThatIsCancelledHasNotFailed() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Job pull = bus.pull("127.0.0.1:" + silent.getLocalPort() + "/tiny:1");
            assertThat(silent.accept().getInputStream().read()).isNotNegative();
            pull.cancel().ok();
            assertThat(pull.end()).isEqualTo("cancelled");

            assertThat(found(field("JOB", pull.get("Id")), JOB_CANCELLED, INFO)).hasSize(1);
            assertThat(found(field("JOB", pull.get("Id")))).hasSize(2);
        }
    }

    @Test
    void theLifeOfASnapshotIsFoundByItsId() {
        String work = machine.create(image);
        machine.switchTo(work);
        machine.switchTo(work);
        machine.switchTo(image);
        lab.snap("delete", "--id", work).ok();

        String snapshot = field("SNAPSHOT", work);
        assertThat(found(snapshot, field("IMAGE", image), BY_ROOT)).hasSize(3);
        assertThat(found(snapshot, SNAPSHOT_CREATED))
                .containsExactly("snapshot created snapshot=" + work + " image=" + image + " caller_uid=0");
        assertThat(found(snapshot, DEFAULT_CHANGED)).hasSize(1);
        assertThat(found(snapshot, SNAPSHOT_DELETED)).hasSize(1);
    }

    @Test
    void theSnapshotOfAnImageGoesWithTheJobThatDeletesIt() {
        String other = machine.pull("bootable:1");
        lab.snap("delete", "--id", other).ok();
        String job = field("JOB", bus.lastJob().get("Id"));

        assertThat(found(job, JOB_STARTED, field("OPERATION", "delete-image"), field("IMAGE", other)))
                .hasSize(1);
        assertThat(found(job, SNAPSHOT_DELETED, field("SNAPSHOT", other), BY_ROOT))
                .hasSize(1);
    }

    @Test
    void aDenialIsFoundByWhoWasDenied() {
        assertThat(deniedToNobody("CreateSnapshot", image).status()).isEqualTo(1);

        assertThat(found(
                        ACCESS_DENIED,
                        field("CALLER_UID", NOBODY),
                        field("MEMBER", "CreateSnapshot"),
                        WARNING,
                        NATIVELY))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("access denied member=CreateSnapshot caller=")
                .contains("there is no polkit agent that could ask");
    }

    /// The file's name would be a message, a priority and an event of its own, were it taken as lines.
    @Test
    void aHostileNameIsAValueAndNothingElse() {
        String file = "/tmp/x\n<0>forged\nPRIORITY=0\n" + ACCESS_DENIED + "\u001b[2J\"'";
        lab.run(
                        "skopeo",
                        "copy",
                        "-q",
                        "--src-tls-verify=false",
                        "docker://" + lab.image("tiny:1"),
                        "oci-archive:/tmp/x")
                .ok();
        lab.run("mv", "/tmp/x", file).ok();
        Job load = bus.load("oci-archive:" + file);
        assertThat(load.end()).isEqualTo("succeeded");

        String job = field("JOB", load.get("Id"));
        assertThat(found(job, field("REFERENCE", "oci-archive:" + file), INFO)).hasSize(2);
        assertThat(found(job)).hasSize(2).allMatch(message -> message.matches("job \\w+ .*reference=\"oci-.*"));
        assertThat(found("PRIORITY=0")).isEmpty();
        assertThat(found(job, ACCESS_DENIED)).isEmpty();
    }

    @Test
    void theCatalogExplainsEveryEvent() {
        lab.run("mkdir", "-p", "/usr/lib/systemd/catalog").ok();
        lab.run("cp", lab.inside(Path.of("../systemd/container-snapd.catalog")), "/usr/lib/systemd/catalog/")
                .ok();
        assertThat(lab.run("journalctl", "--update-catalog").ok()).isEmpty();
        String work = machine.create(image);

        String explained = journal("short", SNAPSHOT_CREATED, field("SNAPSHOT", work));
        assertThat(explained)
                .contains("Snapshot " + work + " was created", "Defined-By: container-snapd")
                .contains("The user with the ID 0 asked for it")
                .doesNotContain("@");
        assertThat(lab.run("journalctl", "--list-catalog").ok().lines())
                .filteredOn(line -> line.contains(" container-snapd: "))
                .hasSize(15);
    }

    /// A call that allows that a person is asked, where there is nobody to ask.
    private static Result deniedToNobody(String method, String snapshot) {
        return asNobody(
                List.of("busctl", "call", BUS_NAME, TOP, BUS_NAME + ".Manager", method, "sa{sv}", snapshot, "0"));
    }

    @Test
    void theLevelIsChangedWhileTheServiceRuns() {
        assertThat(get("LogLevel")).isEqualTo("s \"info\"");
        assertThat(found("PRIORITY=7")).isEmpty();

        set("LogLevel", "debug").ok();
        machine.pull("tiny:1");

        assertThat(get("LogLevel")).isEqualTo("s \"debug\"");
        assertThat(found("PRIORITY=7")).isNotEmpty();

        set("LogLevel", "warning").ok();
        String work = machine.create(image);
        deniedToNobody("DeleteSnapshot", work);

        assertThat(found(field("SNAPSHOT", work))).isEmpty();
        assertThat(found(ACCESS_DENIED, field("MEMBER", "DeleteSnapshot"))).hasSize(1);
    }

    @Test
    void theTargetIsChangedWhileTheServiceRuns() {
        assertThat(get("LogTarget")).isEqualTo("s \"journal\"");

        set("LogTarget", "console").ok();
        String work = machine.create(image);

        assertThat(get("LogTarget")).isEqualTo("s \"console\"");
        assertThat(found(field("SNAPSHOT", work))).isEmpty();
        lab.run("journalctl", "--sync").ok();
        assertThat(lab.run("journalctl", "-q", "-o", "cat", "-t", "stray", INFO, "_TRANSPORT=stdout")
                        .ok())
                .contains("SnapshotEvents: snapshot created snapshot=" + work + " ");
    }

    @ParameterizedTest
    @CsvSource({
        "LogLevel, loud, 'emerg, alert, crit, err, warning, notice, info, debug'",
        "LogTarget, syslog, 'journal, console'",
        "SyslogIdentifier, x, can only be read"
    })
    void aWrongChangeIsRefused(String property, String value, String why) {
        String before = get(property);

        Result refused = set(property, value);

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains(why).hasLineCount(1);
        assertThat(get(property)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"LogLevel", "LogTarget"})
    void onlyRootChangesWhatIsLogged(String property) {
        String before = get(property);

        Result denied = asNobody(setter(property, property.equals("LogLevel") ? "emerg" : "console"));

        assertThat(denied.status()).isEqualTo(1);
        assertThat(denied.err()).contains("Access denied");
        assertThat(get(property)).isEqualTo(before);
        assertThat(asNobody(List.of("busctl", "introspect", BUS_NAME, "/org/freedesktop/LogControl1"))
                        .ok())
                .contains("LogLevel", "LogTarget", "SyslogIdentifier");
    }

    @Test
    void theObjectIsInTheTree() {
        assertThat(lab.run("busctl", "--list", "tree", BUS_NAME).ok().lines())
                .contains("/", "/org", "/org/freedesktop", "/org/freedesktop/LogControl1", Machine.TOP);
    }

    @Test
    void whereStandardErrorIsNoJournalItGetsLines() throws IOException {
        String pulled = new Machine(withoutJournal).pull("tiny:1");

        assertThat(Files.readString(withoutJournal.scratch().resolve("logs/bus.log"))
                        .lines())
                .contains(
                        "<6>Jobs: job started job=1 operation=pull reference=docker://" + withoutJournal.image("tiny:1")
                                + " caller_uid=0",
                        "<6>SnapshotEvents: snapshot created snapshot=" + pulled + " image=" + pulled
                                + " job=1 caller_uid=0");
    }
}
