package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensuse.containersnap.client.wire.Target;

class InvocationTest {
    private static final String IMAGE = "0123456789abcdef".repeat(4);
    private static final SnapshotId ID = new SnapshotId(IMAGE);
    private static final SnapshotId WORK = new SnapshotId(IMAGE + "-work3");

    static Stream<Arguments> goodLines() {
        return Stream.of(
                Arguments.of("init", new Init()),
                Arguments.of("pull os:1", new Pull("os:1")),
                Arguments.of("pull docker://localhost:5000/os", new Pull("docker://localhost:5000/os")),
                Arguments.of("pull -- -os", new Pull("-os")),
                Arguments.of("-- pull os", new Pull("os")),
                Arguments.of("load -i a.tar", new Load("oci-archive", "a.tar")),
                Arguments.of("load -ia.tar", new Load("oci-archive", "a.tar")),
                Arguments.of("load -i=a.tar", new Load("oci-archive", "a.tar")),
                Arguments.of("load --input /a.tar", new Load("oci-archive", "/a.tar")),
                Arguments.of("load --input=/a.tar", new Load("oci-archive", "/a.tar")),
                Arguments.of("-i a.tar load", new Load("oci-archive", "a.tar")),
                Arguments.of("load oci-archive:a.tar", new Load("oci-archive", "a.tar")),
                Arguments.of("load docker-archive:/a.tar", new Load("docker-archive", "/a.tar")),
                Arguments.of("load docker://os:1", new Pull("docker://os:1")),
                Arguments.of("list-images", new ListImages(false)),
                Arguments.of("list-images --json", new ListImages(true)),
                Arguments.of("--json list-snapshots", new ListSnapshots(true)),
                Arguments.of("list-snapshots", new ListSnapshots(false)),
                Arguments.of("status", new Status(false)),
                Arguments.of("status --json", new Status(true)),
                Arguments.of("create-snapshot ID", new CreateSnapshot(ID)),
                Arguments.of("get-root ID-work3", new GetRoot(WORK)),
                Arguments.of("verify ID-work3", new Verify(WORK.text(), false)),
                Arguments.of("verify --json os:1", new Verify("os:1", true)),
                Arguments.of("switch ID", new Switch(ID)),
                Arguments.of("pin ID", new Pin(ID, true)),
                Arguments.of("unpin ID-work3", new Pin(WORK, false)),
                Arguments.of("deploy os", new Deploy("os", false, List.of(), Optional.empty(), false, false)),
                Arguments.of(
                        "deploy --ignore rsync --stage-only --ignore=kernel --digest sha256:0 os",
                        new Deploy("os", true, List.of("rsync", "kernel"), Optional.of("sha256:0"), false, false)),
                Arguments.of(
                        "deploy --dry-run --reboot os",
                        new Deploy("os", false, List.of(), Optional.empty(), true, true)),
                Arguments.of("prune", new Prune(Map.of(), false, false)),
                Arguments.of("prune --dry-run --json", new Prune(Map.of(), true, true)),
                Arguments.of(
                        "prune --keep-last 0 --keep-days=30 --free 20G",
                        new Prune(Map.of("keep_last", 0L, "keep_days", 30L, "free_bytes", 20L << 30), false, false)),
                Arguments.of("prune --free 4096", new Prune(Map.of("free_bytes", 4096L), false, false)),
                Arguments.of("update --check", new Update(Update.Extent.CHECK, false, Optional.empty(), false)),
                Arguments.of("update --json --check", new Update(Update.Extent.CHECK, true, Optional.empty(), false)),
                Arguments.of("update", new Update(Update.Extent.ALL, false, Optional.empty(), false)),
                Arguments.of("update --digest D", new Update(Update.Extent.ALL, false, Optional.of("D"), false)),
                Arguments.of("update --policy none", new Update(Update.Extent.NOTHING, false, Optional.empty(), false)),
                Arguments.of("update --policy check", new Update(Update.Extent.CHECK, false, Optional.empty(), false)),
                Arguments.of("update --policy=stage", new Update(Update.Extent.STAGE, false, Optional.empty(), false)),
                Arguments.of("update --policy apply", new Update(Update.Extent.STAGE, false, Optional.empty(), true)),
                Arguments.of("update --reboot", new Update(Update.Extent.ALL, false, Optional.empty(), true)),
                Arguments.of("rollback", new Rollback(false)),
                Arguments.of("rollback --forget", new Rollback(true)),
                Arguments.of("get-default", new GetDefault()),
                Arguments.of("get-current", new GetCurrent()),
                Arguments.of("set-readonly-state --readonly ID", new SetReadOnlyState(ID, true, false)),
                Arguments.of("set-readonly-state ID --no-readonly", new SetReadOnlyState(ID, false, false)),
                Arguments.of("set-readonly-state --force --readonly ID", new SetReadOnlyState(ID, true, true)),
                Arguments.of("get-readonly-state ID", new GetReadOnlyState(ID)),
                Arguments.of("delete --id ID-work3", new Delete.Snapshot(WORK)),
                Arguments.of("delete --id=ID", new Delete.Image(IMAGE)),
                Arguments.of("delete --url os:1", new Delete.Image("os:1")),
                Arguments.of("delete --url=os:1", new Delete.Image("os:1")),
                Arguments.of("help", new Help(Optional.empty())),
                Arguments.of("help switch", new Help(Optional.of(Verb.SWITCH))),
                Arguments.of("--help", new Help(Optional.empty())),
                Arguments.of("-h", new Help(Optional.empty())),
                Arguments.of("switch --help", new Help(Optional.of(Verb.SWITCH))),
                Arguments.of("-h switch with too many", new Help(Optional.of(Verb.SWITCH))),
                Arguments.of("--version", new ShowVersion()),
                Arguments.of("-v", new ShowVersion()),
                Arguments.of("-vh", new ShowVersion()));
    }

    @ParameterizedTest
    @MethodSource("goodLines")
    void aGoodLineBecomesACommand(String line, Command command) throws UsageError {
        assertThat(Invocation.parse(words(line)).command()).isEqualTo(command);
    }

    static Stream<Arguments> wrongLines() {
        return Stream.of(
                Arguments.of("", "no command; see container-snap --help"),
                Arguments.of("--json", "no command; see container-snap --help"),
                Arguments.of("frobnicate", "unknown command \"frobnicate\"; see container-snap --help"),
                Arguments.of("-x", "unknown option \"-x\"; see container-snap --help"),
                Arguments.of("pull -x", "pull: unknown option \"-x\"; see container-snap pull --help"),
                Arguments.of("pull", "pull: REF is missing; see container-snap pull --help"),
                Arguments.of("pull a b", "pull: unexpected argument \"b\"; see container-snap pull --help"),
                Arguments.of(
                        "pull a --json", "pull: this command has no option --json; see container-snap pull --help"),
                Arguments.of("pull --help=yes", "pull: --help takes no value; see container-snap pull --help"),
                Arguments.of("init now", "init: unexpected argument \"now\"; see container-snap init --help"),
                Arguments.of("verify", "verify: ID or NAME is missing; see container-snap verify --help"),
                Arguments.of("load", "load: -i FILE is missing; see container-snap load --help"),
                Arguments.of("load -i", "load: --input needs FILE after it; see container-snap load --help"),
                Arguments.of("load -i a b", "load: unexpected argument \"b\"; see container-snap load --help"),
                Arguments.of("load -i a -i b", "load: --input is there twice; see container-snap load --help"),
                Arguments.of(
                        "load --input=",
                        "load: --input needs FILE after it, not nothing; see container-snap load --help"),
                Arguments.of(
                        "load oci-archive:",
                        "load: FILE is missing after oci-archive:; see container-snap load --help"),
                Arguments.of(
                        "load dir:/x",
                        "load: \"dir:/x\" begins with neither oci-archive: nor docker-archive:;"
                                + " for a file say load -i FILE; see container-snap load --help"),
                Arguments.of(
                        "load -i a.tar -H there",
                        "load: the file is looked for on the other machine, so its path must be absolute;"
                                + " see container-snap load --help"),
                Arguments.of(
                        "set-readonly-state ID",
                        "set-readonly-state: say either --readonly or --no-readonly;"
                                + " see container-snap set-readonly-state --help"),
                Arguments.of(
                        "set-readonly-state --readonly --no-readonly ID",
                        "set-readonly-state: say either --readonly or --no-readonly;"
                                + " see container-snap set-readonly-state --help"),
                Arguments.of(
                        "set-readonly-state --readonly",
                        "set-readonly-state: ID is missing; see container-snap set-readonly-state --help"),
                Arguments.of("delete", "delete: say either --id or --url; see container-snap delete --help"),
                Arguments.of(
                        "delete --id ID --url os",
                        "delete: say either --id or --url; see container-snap delete --help"),
                Arguments.of(
                        "delete ID", "delete: unexpected argument \"" + IMAGE + "\"; see container-snap delete --help"),
                Arguments.of(
                        "delete --url ID",
                        "delete: \"" + IMAGE + "\" is an ID, not a name; say --id; see container-snap delete --help"),
                Arguments.of("update --json", "update: --json is for --check; see container-snap update --help"),
                Arguments.of(
                        "update --check --digest sha256:1",
                        "update: --digest is not for --check; see container-snap update --help"),
                Arguments.of(
                        "update --check --reboot",
                        "update: --reboot is not for --check; see container-snap update --help"),
                Arguments.of(
                        "update --policy apply --reboot",
                        "update: --policy goes with no other option; see container-snap update --help"),
                Arguments.of(
                        "deploy --stage-only --reboot os",
                        "deploy: --stage-only does not go with --reboot; see container-snap deploy --help"),
                Arguments.of(
                        "update --policy stage --check",
                        "update: --policy goes with no other option; see container-snap update --help"),
                Arguments.of(
                        "update --policy often",
                        "update: --policy is 'often': expected none, check, stage or apply; see container-snap update --help"),
                Arguments.of(
                        "update --check os:2",
                        "update: unexpected argument \"os:2\"; see container-snap update --help"),
                Arguments.of("prune --json", "prune: --json goes with --dry-run; see container-snap prune --help"),
                Arguments.of(
                        "prune --keep-last few",
                        "prune: --keep-last takes a whole number, not \"few\"; see container-snap prune --help"),
                Arguments.of(
                        "prune --free K",
                        "prune: \"K\" is no size: expected a number of bytes, or one with K, M, G or T;"
                                + " see container-snap prune --help"),
                Arguments.of(
                        "prune --free 99999999999T",
                        "prune: \"99999999999T\" is larger than any disk; see container-snap prune --help"),
                Arguments.of("help frobnicate", "help: unknown command \"frobnicate\"; see container-snap help --help"),
                Arguments.of(
                        "get-current --host a --machine b",
                        "get-current: --host and --machine exclude each other; see container-snap get-current --help"),
                Arguments.of("--host=-o get-current", "--host takes no \"-o\"; see container-snap get-current --help"),
                Arguments.of(
                        "get-current -H",
                        "get-current: --host needs [USER@]HOST after it; see container-snap get-current --help"));
    }

    @ParameterizedTest
    @MethodSource("wrongLines")
    void aWrongLineIsRefusedWithAHint(String line, String message) {
        assertThatThrownBy(() -> Invocation.parse(words(line)))
                .isInstanceOf(UsageError.class)
                .message()
                .endsWith(message);
    }

    @ParameterizedTest
    @CsvSource({"delete --id", "switch", "get-root", "create-snapshot", "get-readonly-state", "pin", "unpin"})
    void whatIsNoIdIsRefused(String line) {
        for (String id : List.of("6", "os:1", IMAGE + "-work0", IMAGE + "-work01", IMAGE.substring(1), "..", "/")) {
            assertThatThrownBy(() -> Invocation.parse(words(line + " " + id)))
                    .isInstanceOf(UsageError.class)
                    .hasMessageContaining("is not an ID");
        }
    }

    @Test
    void aLongReferenceIsRefusedWithItsBeginning() {
        assertThatThrownBy(() -> Invocation.parse(List.of("pull", "x".repeat(1025))))
                .hasMessage("pull: a name of an image has at most 1024 characters, \"" + "x".repeat(100)
                        + "…\" has 1025; see container-snap pull --help");
    }

    @Test
    void aReferenceWithAControlCharacterIsRefusedAndMadeHarmless() {
        assertThatThrownBy(() -> Invocation.parse(List.of("pull", "a\u001b[31m\nb")))
                .hasMessageStartingWith("pull: \"a\\x1b[31m\\nb\" is no name of an image");
        assertThatThrownBy(() -> Invocation.parse(List.of("pull", ""))).hasMessageContaining("is not empty");
    }

    @Test
    void theCommonOptionsMayBeAnywhere() throws UsageError {
        assertThat(Invocation.parse(words("-H root@there get-current")).settings())
                .isEqualTo(new Settings(new Target.Remote("root@there"), true));
        assertThat(Invocation.parse(words("get-current --machine=box --no-ask-password"))
                        .settings())
                .isEqualTo(new Settings(new Target.Machine("box"), false));
        assertThat(Invocation.parse(words("get-current")).settings()).isEqualTo(new Settings(new Target.Local(), true));
    }

    private static List<String> words(String line) {
        return line.isEmpty()
                ? List.of()
                : Arrays.asList(line.replaceAll("\\bID\\b", IMAGE).split(" ", -1));
    }
}
