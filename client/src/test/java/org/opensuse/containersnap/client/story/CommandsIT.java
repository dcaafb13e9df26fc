package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;
import static org.opensuse.containersnap.client.story.Machine.assertWrongCommandLine;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.RegistryImage;

/// Every command as scripts and tukit rely on it: what it takes, what it prints, how it ends.
class CommandsIT {
    private static final String HEADING = "# snapshot-id,ro\n";
    private static final String NOBODYS = "0123456789abcdef".repeat(4);

    /// Commands with what comes after their name in the first line of their help.
    private static final List<String> COMMANDS = List.of(
            "status",
            "deploy REF | ID",
            "update [--check]",
            "pull REF",
            "load -i FILE | TRANSPORT:PATH",
            "list-images",
            "list-snapshots",
            "jobs",
            "create-snapshot ID",
            "get-root ID",
            "verify ID | NAME",
            "switch ID",
            "rollback [--forget]",
            "bless",
            "get-default",
            "get-current",
            "set-readonly-state --readonly | --no-readonly ID",
            "get-readonly-state ID",
            "pin ID",
            "unpin ID",
            "delete --id ID | --url NAME",
            "prune [--dry-run]",
            "init",
            "help [COMMAND]");

    /// Opens a pipe that nobody reads from any more.
    private static final String WITHOUT_READER = "exec {pipe}> >(:); wait $!; ";

    /// Words of a command line; `ID` stands for an ID.
    private static String[] words(String commandLine, String id) {
        return Arrays.stream(commandLine.split(" ", -1))
                .map(word -> word.replace("ID", id))
                .toArray(String[]::new);
    }

    @Nested
    class OnANewMachine {
        @RegisterExtension
        final Lab lab = Lab.machine();

        private final Machine machine = new Machine(lab);

        @Test
        void initMakesTheStoreAndMayBeRepeated() {
            assertThat(lab.snap("init").ok()).isEmpty();
            List<String> once =
                    lab.bash("find /var/lib/container-snap").ok().lines().toList();
            assertThat(lab.snap("init").ok()).isEmpty();

            assertThat(once).contains("/var/lib/container-snap/roots", "/var/lib/container-snap/snapshots");
            assertThat(lab.bash("find /var/lib/container-snap").ok().lines()).isEqualTo(once);
            assertThat(lab.bash("cat /proc/[0-9]*/comm").ok()).doesNotContain("podman");
        }

        @Test
        void anEmptyStoreHasNothingToList() {
            assertThat(lab.snap("list-images").ok()).isEmpty();
            assertThat(lab.snap("list-snapshots").ok()).isEqualTo(HEADING);
            assertThat(machine.json("list-images")).containsExactly(" []");
            assertThat(machine.json("list-snapshots")).containsExactly(" []");

            lab.snap("init").ok();
            assertThat(lab.snap("list-images").ok()).isEmpty();
            assertThat(lab.snap("list-snapshots").ok()).isEqualTo(HEADING);
        }

        @Test
        void aMachineThatRunsFromSomethingElseHasNeitherCurrentNorDefault() {
            assertRefused(lab.snap("get-current"), "subvolume @", "container-snap snapshot");
            assertRefused(lab.snap("get-default"), "subvolume @", "container-snap snapshot");
            assertThat(lab.snap("status").ok()).isEqualTo("""
                            booted     subvolume @ (not a container-snap snapshot)
                            next boot  the same
                            rollback   none
                            jobs       none
                            """);
        }

        @Test
        void whatWasSwitchedToIsTheDefaultAtOnceAndCurrentAfterAReboot() {
            String image = machine.pull("tiny:1");
            String work = machine.create(image);

            assertThat(lab.snap("switch", image).ok()).isEmpty();
            assertThat(lab.snap("get-default").ok()).isEqualTo(image + "\n");
            assertThat(lab.snap("switch", work).ok()).isEmpty();
            assertThat(lab.snap("get-default").ok()).isEqualTo(work + "\n");
            assertRefused(lab.snap("get-current"), "container-snap snapshot");
            assertThat(machine.json("status"))
                    .contains(".booted_snapshot null", ".default_snapshot \"" + work + "\"", ".reboot_needed true");

            lab.reboot();
            assertThat(lab.snap("get-current").ok()).isEqualTo(work + "\n");
            assertThat(lab.snap("get-default").ok()).isEqualTo(work + "\n");
            assertThat(machine.json("status"))
                    .contains(
                            ".booted_snapshot \"" + work + "\"",
                            ".booted_subvolume \"@container-snap/roots/" + work + "\"",
                            ".reboot_needed false");
        }

        @Test
        void snapshotsAreListedInTheOrderTheyWereMade() {
            String image = machine.pull("tiny:1");
            String first = machine.create(image);
            lab.snap("set-readonly-state", "--readonly", first).ok();
            String other = machine.pull("relabel:1");
            String second = machine.create(first);

            assertThat(lab.snap("list-snapshots").ok())
                    .isEqualTo(HEADING + image + ",false\n" + first + ",true\n" + other + ",false\n" + second
                            + ",false\n");
            assertThat(machine.images()).containsExactly(image, other);
            assertThat(List.of(first, second)).containsExactly(image + "-work1", image + "-work2");
        }
    }

    @Nested
    class AskingForHelp {
        @RegisterExtension
        static final Lab lab = Lab.machine();

        private static final Bus bus = new Bus(lab);

        @ParameterizedTest
        @FieldSource("org.opensuse.containersnap.client.story.CommandsIT#COMMANDS")
        void explainsACommandAndStartsNothing(String command) {
            String name = nameOf(command);
            String help = lab.snap("help", name).ok();

            assertThat(help).startsWith("Usage: container-snap " + command + " [OPTION]...\n\n");
            assertThat(lab.snap(name, "--help").ok()).isEqualTo(help);
            assertThat(lab.snap(name, "-h").ok()).isEqualTo(help);
            assertThat(lab.snap("--help", name).ok()).isEqualTo(help);
            assertThat(lab.bash(withoutBus("container-snap " + name + " --help"))
                            .ok())
                    .isEqualTo(help);
            assertThat(bus.serviceRuns()).isFalse();
        }

        @Test
        void listsAllCommandsAndStartsNothing() {
            String help = lab.snap("help").ok();

            assertThat(COMMANDS)
                    .allSatisfy(command -> assertThat(help).containsPattern("\n  " + nameOf(command) + " +\\w"));
            assertThat(lab.snap("--help").ok()).isEqualTo(help);
            assertThat(lab.snap("-h").ok()).isEqualTo(help);
            assertThat(lab.bash(withoutBus("container-snap help")).ok()).isEqualTo(help);
            assertThat(bus.serviceRuns()).isFalse();
        }

        @ParameterizedTest
        @ValueSource(strings = {"--version", "-v", "pull --version", "switch -v"})
        void tellsTheVersionAndStartsNothing(String commandLine) {
            assertThat(lab.snap(words(commandLine, "")).ok()).matches("container-snap \\d+\\.\\d+\\.\\d+\n");
            assertThat(lab.bash(withoutBus("container-snap " + commandLine)).ok())
                    .matches("container-snap \\d+\\.\\d+\\.\\d+\n");
            assertThat(bus.serviceRuns()).isFalse();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "snapshot",
                    "Pull tiny",
                    "help snapshot",
                    "help pull load",
                    "--what",
                    "pull",
                    "pull tiny tiny",
                    "pull --id tiny",
                    "load",
                    "load -i",
                    "load --input=",
                    "load -i a b",
                    "load -i a -i b",
                    "load a",
                    "load dir:/etc",
                    "load oci-archive:",
                    "list-images ID",
                    "list-snapshots all",
                    "create-snapshot",
                    "create-snapshot ID ID",
                    "get-root",
                    "switch",
                    "switch --force ID",
                    "rollback ID",
                    "rollback --force",
                    "get-default ID",
                    "get-current ID",
                    "set-readonly-state ID",
                    "set-readonly-state --readonly",
                    "set-readonly-state --readonly --no-readonly ID",
                    "set-readonly-state ID --no-readonly --readonly",
                    "set-readonly-state --read-only ID",
                    "set-readonly-state --readonly=yes ID",
                    "set-readonly-state --readonly ID ID",
                    "get-readonly-state",
                    "pin",
                    "pin ID ID",
                    "unpin tiny",
                    "delete",
                    "delete ID",
                    "delete --id",
                    "delete --id=",
                    "delete --id ID --url tiny",
                    "delete --id ID ID",
                    "delete --id ID --id ID",
                    "delete --url ID",
                    "deploy",
                    "deploy a b",
                    "deploy --ignore",
                    "deploy --dry",
                    "update NAME",
                    "update --json",
                    "update --check NAME",
                    "update --check --digest sha256:1",
                    "update --digest",
                    "update --policy",
                    "update --policy always",
                    "update --policy stage --check",
                    "update --policy check --json",
                    "update --policy stage --digest sha256:1",
                    "prune ID",
                    "prune --json",
                    "prune --keep-last",
                    "prune --keep-last -1",
                    "prune --keep-days week",
                    "prune --free 3X",
                    "prune --free 9999999999T",
                    "init now",
                    "status --yaml"
                })
        void isWhatAWrongCommandLineIsToldAndItStartsNothing(String commandLine) {
            Result result = lab.snap(commandLine.isEmpty() ? new String[0] : words(commandLine, NOBODYS));

            assertWrongCommandLine(result, "container-snap ", "--help");
            assertThat(bus.serviceRuns()).isFalse();
        }

        @Test
        void needsNoBusWhereAllElseSaysThatThereIsNone() {
            assertRefused(lab.bash(withoutBus("container-snap list-snapshots")), "the system bus", "dbus");
            assertRefused(lab.bash(withoutBus("container-snap get-root " + NOBODYS)), "the system bus", "dbus");
        }

        private static String nameOf(String command) {
            return command.replaceFirst(" .*", "");
        }

        private static String withoutBus(String command) {
            return "unshare --mount bash -c 'mount -t tmpfs tmpfs /run; exec " + command + "'";
        }
    }

    @Nested
    class WithAnImage {
        @RegisterExtension
        static final Lab lab = Lab.machine();

        private static final Machine machine = new Machine(lab);
        private static String image = "";

        @BeforeAll
        static void pull() {
            image = machine.pull("tiny:1");
        }

        /// An image that only this test has.
        private static RegistryImage push(String tag) throws IOException, InterruptedException {
            return RegistryImage.read(lab.registry(), "tiny", "1").sibling(tag).push();
        }

        private static String lineOf(String id) {
            return lab.snap("list-images")
                    .ok()
                    .lines()
                    .filter(line -> line.startsWith(id + ","))
                    .findFirst()
                    .orElse("");
        }

        @ParameterizedTest
        @CsvSource({"plain, ''", "transport, docker://"})
        void pullPrintsTheImageIdAndItsProgressElsewhere(String tag, String transport) throws Exception {
            RegistryImage pushed = push(tag);

            Result first = lab.snap("pull", transport + pushed.reference());
            Result again = lab.snap("pull", transport + pushed.reference());

            for (Result result : List.of(first, again)) {
                assertThat(result.status()).as(result.err()).isZero();
                assertThat(result.out()).isEqualTo(pushed.id() + "\n");
                assertThat(result.err().lines()).allMatch(line -> line.matches(Machine.PROGRESS));
            }
            assertThat(machine.snapshots()).containsOnlyOnce(pushed.id());
            assertThat(lineOf(pushed.id())).endsWith("," + pushed.reference());
        }

        @Test
        void pullTakesALatestTagForNoneAndADigest() throws Exception {
            RegistryImage latest = push("latest");
            String digest = lab.bash(
                            "curl -sI -H 'Accept: application/vnd.oci.image.manifest.v1+json' \"$1\" "
                                    + "| tr -d '\\r' | sed -n 's/^Docker-Content-Digest: //p'",
                            "http://" + lab.registry() + "/v2/tiny/manifests/1")
                    .line();

            assertThat(lab.snap("pull", lab.image("tiny")).out()).isEqualTo(latest.id() + "\n");
            assertThat(lab.snap("pull", lab.image("tiny@" + digest)).out()).isEqualTo(image + "\n");
        }

        @ParameterizedTest
        @CsvSource({
            "oci-archive, -i /tmp/FILE",
            "oci-archive, --input /tmp/FILE",
            "oci-archive, --input=/tmp/FILE",
            "oci-archive, -i FILE",
            "oci-archive, -i ../tmp/FILE",
            "oci-archive, oci-archive:/tmp/FILE",
            "oci-archive, oci-archive:FILE",
            "docker-archive, -i /tmp/FILE",
            "docker-archive, --input=FILE",
            "docker-archive, docker-archive:/tmp/FILE",
            "docker-archive, docker-archive:./FILE"
        })
        void loadPrintsTheIdOfTheImageInAnArchive(String kind, String arguments) throws Exception {
            String tag = Integer.toHexString((kind + arguments).hashCode());
            RegistryImage pushed = push(tag);
            String name = "localhost/os:" + tag;
            lab.bash(
                            "skopeo copy -q --src-tls-verify=false \"docker://$1\" \"$2:/tmp/$3.tar:$4\"",
                            pushed.reference(),
                            kind,
                            tag,
                            name)
                    .ok();

            Result load =
                    lab.bash("cd /tmp; exec container-snap load " + arguments.replace("FILE", "\"$1\""), tag + ".tar");

            assertThat(load.status()).as(load.err()).isZero();
            assertThat(load.out()).isEqualTo(pushed.id() + "\n");
            assertThat(load.err().lines()).isNotEmpty().allMatch(line -> line.matches(Machine.PROGRESS));
            assertThat(lineOf(pushed.id())).endsWith("," + name);
            assertThat(machine.snapshots()).containsOnlyOnce(pushed.id());
        }

        @Test
        void loadFromARegistryIsAPull() throws Exception {
            RegistryImage pushed = push("loaded");

            assertThat(lab.snap("load", "docker://" + pushed.reference()).out()).isEqualTo(pushed.id() + "\n");
        }

        @Test
        void loadPrintsAnIdForEachImageOfAnArchive() throws Exception {
            List<String> ids = new ArrayList<>();
            List<String> names = new ArrayList<>();
            for (String tag : List.of("several-b", "several-a")) {
                RegistryImage pushed = push(tag);
                machine.podman("pull", "-q", pushed.reference()).ok();
                ids.add(pushed.id());
                names.add(pushed.reference());
            }
            machine.podman("save", "-q", "-m", "-o", "/tmp/several.tar", names.getFirst(), names.getLast())
                    .ok();
            machine.podman("rmi", names.getFirst(), names.getLast()).ok();
            assertThat(machine.images()).doesNotContainAnyElementsOf(ids);

            Result load = lab.snap("load", "-i", "/tmp/several.tar");

            assertThat(load.status()).as(load.err()).isZero();
            assertThat(load.out().lines()).containsExactlyInAnyOrderElementsOf(ids);
            assertThat(machine.snapshots()).containsAll(ids);
        }

        @Test
        void loadOfAFileThatIsNotThereSaysSo() {
            assertRefused(lab.snap("load", "-i", "/tmp/nowhere.tar"), "/tmp/nowhere.tar", "no such file");
            assertRefused(
                    lab.bash("cd /var; exec container-snap load --input=nowhere.tar"),
                    "/var/nowhere.tar",
                    "no such file");
        }

        @Test
        void listImagesTellsWhenAnImageWasBuilt() throws Exception {
            String created = RegistryImage.read(lab.registry(), "tiny", "1").created();
            String seconds = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss")
                    .withZone(ZoneOffset.UTC)
                    .format(Instant.parse(created));
            String fraction = created.replaceFirst("^[^.]*", "").replaceFirst("\\.?0*Z$", "");

            assertThat(lineOf(image)).startsWith(image + "," + seconds + fraction + " +0000 UTC,");
        }

        @ParameterizedTest
        @CsvSource({
            "2025-01-09T10:47:31.818647723Z, 2025-01-09 10:47:31.818647723 +0000 UTC",
            "2025-01-09T10:47:31.8Z,         2025-01-09 10:47:31.8 +0000 UTC",
            "2024-02-29T23:59:59.000000001Z, 2024-02-29 23:59:59.000000001 +0000 UTC",
            "2025-01-09T10:47:31Z,           2025-01-09 10:47:31 +0000 UTC",
            "2025-01-09T10:47:31.000Z,       2025-01-09 10:47:31 +0000 UTC",
            "2025-01-01T00:30:00.25+02:00,   2024-12-31 22:30:00.25 +0000 UTC",
            "1970-01-01T00:00:00Z,           1970-01-01 00:00:00 +0000 UTC",
            "1969-12-31T23:59:59.5Z,         1969-12-31 23:59:59.5 +0000 UTC",
            "'',                             0001-01-01 00:00:00 +0000 UTC"
        })
        void listImagesPrintsTimesAsTheOriginalDoes(String created, String printed) throws Exception {
            RegistryImage tiny = RegistryImage.read(lab.registry(), "tiny", "1");
            String tag = "created-" + Integer.toHexString(created.hashCode());
            String old = "\"created\":\"" + tiny.created() + "\",";
            RegistryImage pushed = tiny.changed(
                            tag,
                            tiny.configuration()
                                    .replace(old, created.isEmpty() ? "" : "\"created\":\"" + created + "\","))
                    .push();

            assertThat(machine.pull("tiny:" + tag)).isEqualTo(pushed.id());
            assertThat(lineOf(pushed.id())).isEqualTo(pushed.id() + "," + printed + "," + pushed.reference());
        }

        @Test
        void listImagesSaysUnknownNameOfAnImageWithoutOne() throws Exception {
            RegistryImage pushed = push("nameless");
            machine.pull("tiny:nameless");
            machine.podman("untag", pushed.id()).ok();

            assertThat(lineOf(pushed.id())).endsWith(" +0000 UTC,unknown-name");
            assertThat(lab.snap("delete", "--id", pushed.id()).ok()).isEmpty();
            assertThat(lineOf(pushed.id())).isEmpty();
        }

        @Test
        void createSnapshotMakesAWritableCopyAlsoOfAReadOnlyBase() {
            String base = machine.create(image);
            lab.bash("echo mine > \"$1/etc/mine\"", ROOTS + base).ok();
            lab.snap("set-readonly-state", "--readonly", base).ok();

            String made = lab.snap("create-snapshot", base).ok();

            assertThat(made).matches(image + "-work[1-9][0-9]*\n").isNotEqualTo(base + "\n");
            String id = made.strip();
            assertThat(lab.snap("get-readonly-state", id).ok()).isEqualTo("false\n");
            assertThat(machine.fingerprint(ROOTS + id)).isEqualTo(machine.fingerprint(ROOTS + base));
            lab.bash("echo more > \"$1/etc/more\"", ROOTS + id).ok();
            assertThat(lab.run("test", "-e", ROOTS + base + "/etc/more").status())
                    .isEqualTo(1);
        }

        @Test
        void getRootPrintsTheDirectoryWithASlashAtItsEnd() {
            String work = machine.create(image);

            assertThat(lab.snap("get-root", image).ok()).isEqualTo(ROOTS + image + "/\n");
            assertThat(lab.snap("get-root", work).ok()).isEqualTo(ROOTS + work + "/\n");
            assertThat(lab.run("cat", ROOTS + work + "/etc/os-release").ok()).contains("ID=tiny");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "create-snapshot ID",
                    "get-root ID",
                    "verify ID",
                    "switch ID",
                    "set-readonly-state --readonly ID",
                    "set-readonly-state --no-readonly ID",
                    "get-readonly-state ID",
                    "pin ID",
                    "unpin ID",
                    "delete --id ID",
                    "delete --id=ID"
                })
        void anIdThatIsNotThereIsAnErrorForEveryCommandThatTakesOne(String commandLine) {
            String deleted = machine.create(image);
            lab.snap("delete", "--id", deleted).ok();

            for (String absent : List.of(NOBODYS, NOBODYS + "-work1", image + "-work987654", deleted)) {
                assertRefused(lab.snap(words(commandLine, absent)), "there is no ", absent);
            }
        }

        @Test
        void setReadonlyStateTakesItsFlagBeforeAndAfterTheId() {
            String work = machine.create(image);

            for (String[] arguments : new String[][] {
                {"--readonly", work}, {"--no-readonly", work}, {work, "--readonly"}, {work, "--no-readonly"}
            }) {
                boolean readOnly = Arrays.asList(arguments).contains("--readonly");
                List<String> command = new ArrayList<>(List.of("set-readonly-state"));
                command.addAll(Arrays.asList(arguments));

                for (int times = 0; times < 2; times++) {
                    assertThat(lab.snap(command.toArray(String[]::new)).ok()).isEmpty();
                    assertThat(lab.snap("get-readonly-state", work).ok()).isEqualTo(readOnly + "\n");
                    assertThat(lab.run("btrfs", "property", "get", "-ts", ROOTS + work, "ro")
                                    .ok())
                            .isEqualTo("ro=" + readOnly + "\n");
                    assertThat(lab.snap("list-snapshots").ok()).contains("\n" + work + "," + readOnly + "\n");
                }
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"delete --id ID", "delete --id=ID", "--id ID delete"})
        void deleteTakesASnapshotOrAnImageAway(String commandLine) throws Exception {
            RegistryImage pushed = push("deleted-" + Integer.toHexString(commandLine.hashCode()));
            String other = machine.pull("tiny:" + pushed.tag());
            String work = machine.create(other);

            assertThat(lab.snap(words(commandLine, work)).ok()).isEmpty();
            assertThat(machine.snapshots()).contains(other).doesNotContain(work);
            assertThat(lab.snap(words(commandLine, other)).ok()).isEmpty();
            assertThat(machine.snapshots()).contains(image).doesNotContain(other);
            assertThat(machine.images()).contains(image).doesNotContain(other);
            assertThat(lab.bash("ls " + ROOTS).ok()).doesNotContain(other);
        }

        @ParameterizedTest
        @CsvSource({"url, ''", "full-url, docker://"})
        void deleteByNameTakesTheNameAndWithTheLastTheImage(String tag, String transport) throws Exception {
            RegistryImage pushed = push(tag);
            String other = machine.pull("tiny:" + tag);
            machine.podman("tag", other, "localhost/second:" + tag).ok();

            assertThat(lab.snap("delete", "--url", "localhost/second:" + tag).ok())
                    .isEmpty();
            assertThat(lineOf(other)).endsWith("," + pushed.reference());
            assertThat(lab.snap("delete", "--url=" + transport + pushed.reference())
                            .ok())
                    .isEmpty();
            assertThat(machine.images()).doesNotContain(other);
            assertThat(machine.snapshots()).doesNotContain(other);
            assertRefused(lab.snap("delete", "--url", pushed.reference()), "there is no image", pushed.reference());
        }

        @Test
        void theListsAreThereAsJsonForPrograms() throws Exception {
            RegistryImage pushed = push("json");
            machine.pull("tiny:json");
            String work = machine.create(pushed.id());
            lab.snap("set-readonly-state", "--readonly", work).ok();

            assertThat(membersOf("id", pushed.id(), machine.json("list-images")))
                    .contains(
                            ".id \"" + pushed.id() + "\"",
                            ".names[0] \"" + pushed.reference() + "\"",
                            ".created \"" + pushed.created().replaceFirst("0+Z", "Z") + "\"",
                            ".origin \"docker://" + pushed.reference() + "\"",
                            ".snapshots[0] \"" + pushed.id() + "\"",
                            ".snapshots[1] \"" + work + "\"")
                    .anyMatch(line -> line.matches("\\.size \\d+"))
                    .anyMatch(line -> line.matches("\\.digest \"sha256:[0-9a-f]{64}\""))
                    .hasSize(8);
            assertThat(membersOf("id", work, machine.json("list-snapshots")))
                    .contains(
                            ".id \"" + work + "\"",
                            ".image \"" + pushed.id() + "\"",
                            ".base \"" + pushed.id() + "\"",
                            ".origin \"docker://" + pushed.reference() + "\"",
                            ".version \"1\"",
                            ".root \"" + ROOTS + work + "/\"",
                            ".read_only true",
                            ".pinned false",
                            ".booted false",
                            ".default false")
                    .anyMatch(line -> line.matches("\\.number \\d+"))
                    .anyMatch(
                            line -> line.matches("\\.created \"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z\""))
                    .hasSize(12);
            assertThat(membersOf("id", pushed.id(), machine.json("list-snapshots")))
                    .contains(".base null");
            assertThat(machine.json("status"))
                    .contains(
                            ".booted_snapshot null",
                            ".booted_subvolume \"@\"",
                            ".default_snapshot null",
                            ".default_subvolume \"@\"",
                            ".rollback_snapshot null",
                            ".rollback_subvolume null",
                            ".reboot_needed false",
                            ".default_chosen_by null",
                            ".default_chosen null",
                            ".snapshots []",
                            ".pinned []",
                            ".trial null",
                            ".update null",
                            ".jobs []")
                    .anyMatch(line -> line.matches("\\.version \"[0-9].*\""))
                    .hasSize(15);
        }

        /// Of an array the object that has this member, without its index.
        private static List<String> membersOf(String key, String value, List<String> lines) {
            String index = lines.stream()
                    .filter(line -> line.endsWith("]." + key + " \"" + value + "\""))
                    .map(line -> line.substring(0, line.indexOf(']') + 1))
                    .findFirst()
                    .orElseThrow();
            return lines.stream()
                    .filter(line -> line.startsWith(index))
                    .map(line -> line.substring(index.length()))
                    .toList();
        }

        @ParameterizedTest
        @ValueSource(strings = {"list-snapshots", "list-images --json", "get-root ID", "status", "help", "--version"})
        void outputThatCannotBeWrittenIsAFailure(String commandLine) {
            String command = "container-snap " + commandLine.replace("ID", image);

            assertRefused(lab.bash(command + " >/dev/full"), "the output can't be written", "No space left");
            assertRefused(lab.bash(command + " >&-"), "the output can't be written");
            assertRefused(lab.bash(WITHOUT_READER + command + " >&$pipe"), "the output can't be written", "pipe");
        }

        @Test
        void anErrorThatCannotBeToldStillShowsInTheStatus() {
            assertThat(lab.bash("container-snap get-root " + NOBODYS + " 2>&-").status())
                    .isEqualTo(1);
            assertThat(lab.bash("container-snap get-root 2>/dev/full").status()).isEqualTo(2);
        }

        @ParameterizedTest
        @ValueSource(strings = {"/dev/full", "&-", "&$pipe"})
        void progressThatCannotBeShownDoesNotEndAPull(String standardError) throws Exception {
            RegistryImage pushed = push("unseen-" + Integer.toHexString(standardError.hashCode()));

            Result pull =
                    lab.bash(WITHOUT_READER + "container-snap pull \"$1\" 2>" + standardError, pushed.reference());

            assertThat(pull.status()).isZero();
            assertThat(pull.out()).isEqualTo(pushed.id() + "\n");
        }
    }
}
