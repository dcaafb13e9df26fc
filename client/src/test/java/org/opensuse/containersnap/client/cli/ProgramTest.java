package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.cli.FakeBus.JOB_PATH;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Event;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

class ProgramTest {
    private static final String IMAGE = "a".repeat(64);
    private static final String WORK = IMAGE + "-work4";
    private static final String SERVICE_ERROR = "org.opensuse.containersnap1.Error.";
    private static final String STANDARD_ERROR = "org.freedesktop.DBus.Error.";
    private static final Map<Property, Value> SUCCEEDED = Map.of(
            Property.JOB_STATE,
            Value.of("succeeded"),
            Property.JOB_END_TIME,
            new Value.Whole(1),
            Property.JOB_RESULT,
            new Value.Dictionary(Map.of("images", new Value.Items(List.of(Value.of(IMAGE), Value.of("b"))))));

    private final FakeHost host = new FakeHost();
    private final FakeBus bus = new FakeBus();
    private boolean interactive;

    private int run(String... arguments) {
        Connector connector = (_, asking) -> {
            interactive = asking;
            return bus;
        };
        return new Program(host, connector).run(List.of(arguments));
    }

    private int runWithoutBus(BusFailure failure, String... arguments) {
        Connector connector = (_, _) -> {
            throw failure;
        };
        return new Program(host, connector).run(List.of(arguments));
    }

    private static BusFailure.Answered answered(String name, String message) {
        return new BusFailure.Answered(name, message, false);
    }

    @SafeVarargs
    private static Value listed(Map<Property, Value>... objects) {
        List<Value> items = new ArrayList<>();
        for (Map<Property, Value> object : objects) {
            items.add(new Value.Items(List.of(Value.of("/path"), FakeBus.job(object))));
        }
        return new Value.Items(items);
    }

    @Test
    void getRootPrintsTheDirectory() {
        bus.answer(Method.GET_ROOT, Value.of("/roots/" + IMAGE + "/"));
        assertThat(run("get-root", IMAGE)).isZero();
        assertThat(host.output).hasToString("/roots/" + IMAGE + "/\n");
        assertThat(bus.calls).containsExactly("GetRoot(" + IMAGE + ")");
    }

    @Test
    void createSnapshotPrintsTheNewId() {
        bus.answer(Method.CREATE_SNAPSHOT, Value.of(WORK));
        assertThat(run("create-snapshot", IMAGE)).isZero();
        assertThat(host.output).hasToString(WORK + "\n");
        assertThat(bus.calls).containsExactly("CreateSnapshot(" + IMAGE + ", {})");
    }

    private static Value requirement(String name, boolean met, String found, String mend) {
        return new Value.Dictionary(
                Map.of("name", Value.of(name), "met", Value.of(met), "found", Value.of(found), "mend", Value.of(mend)));
    }

    @Test
    void verifyPrintsALineForEachRequirement() {
        bus.answer(
                Method.VERIFY,
                new Value.Items(List.of(
                        requirement("rsync", true, "/usr/bin/rsync", ""),
                        requirement("a-requirement-of-later-days", true, "it", ""))));
        assertThat(run("verify", WORK)).isZero();
        assertThat(host.output).hasToString("""
                met      rsync                 /usr/bin/rsync
                met      a-requirement-of-later-days it
                """);
        assertThat(host.error).isEmpty();
        assertThat(bus.calls).containsExactly("Verify(" + WORK + ", {})");
    }

    @Test
    void verifyPrintsWhatIsNotMetAndFails() {
        bus.answer(
                Method.VERIFY,
                new Value.Items(List.of(
                        requirement("rsync", true, "/usr/bin/rsync", ""),
                        requirement("kernel", false, "no\u001b[31m\nkernel", "install one"))));
        assertThat(run("verify", "os:1")).isEqualTo(1);
        assertThat(host.output).hasToString("""
                met      rsync                 /usr/bin/rsync
                not met  kernel                no\\x1b[31m\\nkernel; install one
                """);
        assertThat(host.error).hasToString("container-snap: 1 of 2 requirements are not met by os:1\n");

        host.output.setLength(0);
        assertThat(run("verify", "--json", "os:1")).isEqualTo(1);
        assertThat(host.output).hasToString("""
                {
                  "met": false,
                  "requirements": [
                    {
                      "name": "rsync",
                      "met": true,
                      "found": "/usr/bin/rsync",
                      "mend": null
                    },
                    {
                      "name": "kernel",
                      "met": false,
                      "found": "no\\u001b[31m\\u000akernel",
                      "mend": "install one"
                    }
                  ]
                }
                """);
    }

    @Test
    void commandsThatOnlyDoSomethingPrintNothing() {
        bus.answer(Method.INIT, Value.nothing())
                .answer(Method.SWITCH_TO, Value.nothing())
                .answer(Method.PIN, Value.nothing())
                .answer(Method.UNPIN, Value.nothing())
                .answer(Method.ROLLBACK, Value.nothing())
                .answer(Method.FORGET_ROLLBACK, Value.nothing())
                .answer(Method.SET_READ_ONLY, Value.nothing())
                .answer(Method.DELETE_SNAPSHOT, Value.nothing());
        assertThat(run("init")).isZero();
        assertThat(run("switch", WORK)).isZero();
        assertThat(run("pin", WORK)).isZero();
        assertThat(run("unpin", IMAGE)).isZero();
        assertThat(run("rollback")).isZero();
        assertThat(run("rollback", "--forget")).isZero();
        assertThat(run("set-readonly-state", "--readonly", WORK)).isZero();
        assertThat(run("set-readonly-state", IMAGE, "--readonly", "--force")).isZero();
        assertThat(run("set-readonly-state", "--no-readonly", WORK)).isZero();
        assertThat(run("delete", "--id=" + WORK)).isZero();
        assertThat(host.output).isEmpty();
        assertThat(host.error).isEmpty();
        assertThat(bus.calls)
                .containsExactly(
                        "Init({})",
                        "SwitchTo(" + WORK + ", {})",
                        "Pin(" + WORK + ", {})",
                        "Unpin(" + IMAGE + ", {})",
                        "Rollback({})",
                        "ForgetRollback({})",
                        "SetReadOnly(" + WORK + ", true, {})",
                        "SetReadOnly(" + IMAGE + ", true, {force})",
                        "SetReadOnly(" + WORK + ", false, {})",
                        "DeleteSnapshot(" + WORK + ", {})");
    }

    @Test
    void getCurrentAndGetDefaultPrintTheId() {
        bus.property(Property.BOOTED_SNAPSHOT, Value.of(IMAGE)).property(Property.DEFAULT_SNAPSHOT, Value.of(WORK));
        assertThat(run("get-current")).isZero();
        assertThat(run("get-default")).isZero();
        assertThat(host.output).hasToString(IMAGE + "\n" + WORK + "\n");
        assertThat(bus.calls).hasSize(2);
    }

    @Test
    void withoutASnapshotGetCurrentAndGetDefaultSayWhatIsThereInstead() {
        bus.property(Property.BOOTED_SNAPSHOT, Value.of(""))
                .property(Property.BOOTED_SUBVOLUME, Value.of("@/x"))
                .property(Property.DEFAULT_SNAPSHOT, Value.of(""))
                .property(Property.DEFAULT_SUBVOLUME, Value.of(""));
        assertThat(run("get-current")).isEqualTo(1);
        assertThat(run("get-default")).isEqualTo(1);
        assertThat(host.output).isEmpty();
        assertThat(host.error).hasToString("""
                container-snap: / is mounted from subvolume @/x, which is no container-snap snapshot; \
                switch to one (see list-snapshots) and reboot
                container-snap: the next boot takes the top level of the file system, which is no container-snap snapshot; \
                switch to one (see list-snapshots)
                """);
    }

    @Test
    void getReadonlyStateAsksTheSnapshotsObject() {
        bus.property(Property.SNAPSHOT_READ_ONLY, Value.of(true));
        assertThat(run("get-readonly-state", WORK)).isZero();
        assertThat(host.output).hasToString("true\n");
        assertThat(bus.calls)
                .containsExactly("/org/opensuse/containersnap1/snapshot/" + IMAGE
                        + "_work4 Get(org.opensuse.containersnap1.Snapshot, ReadOnly)");
    }

    @Test
    void aSnapshotWithoutAnObjectIsNotThere() {
        bus.fail(Method.GET_PROPERTY, answered(STANDARD_ERROR + "UnknownObject", "no such object"));
        assertThat(run("get-readonly-state", WORK)).isEqualTo(1);
        assertThat(host.error)
                .hasToString(
                        "container-snap: there is no snapshot " + WORK + "; list-snapshots shows those there are\n");
    }

    @Test
    void listSnapshotsHasAHeading() {
        bus.answer(
                Method.LIST_SNAPSHOTS,
                listed(Map.of(Property.SNAPSHOT_ID, Value.of(IMAGE), Property.SNAPSHOT_READ_ONLY, Value.of(true))));
        assertThat(run("list-snapshots")).isZero();
        assertThat(host.output).hasToString("# snapshot-id,ro\n" + IMAGE + ",true\n");
    }

    @Test
    void listImagesShowsTheFirstNameAndTheTime() {
        bus.answer(
                Method.LIST_IMAGES,
                listed(Map.of(
                        Property.IMAGE_ID, Value.of(IMAGE),
                        Property.IMAGE_NAMES, new Value.Items(List.of(Value.of("os:1\n"), Value.of("os:2"))),
                        Property.IMAGE_CREATION_TIME, new Value.Whole(1736419651818647723L))));
        assertThat(run("list-images")).isZero();
        assertThat(host.output).hasToString(IMAGE + ",2025-01-09 10:47:31.818647723 +0000 UTC,os:1\\n\n");
    }

    @Test
    void anImageWithoutNameAndTimeIsListedToo() {
        bus.answer(
                Method.LIST_IMAGES,
                listed(Map.of(
                        Property.IMAGE_ID, Value.of(IMAGE),
                        Property.IMAGE_NAMES, new Value.Items(List.of()),
                        Property.IMAGE_CREATION_TIME, new Value.Whole(Long.MIN_VALUE))));
        assertThat(run("list-images")).isZero();
        assertThat(run("list-images", "--json")).isZero();
        assertThat(host.output.toString())
                .startsWith(IMAGE + ",0001-01-01 00:00:00 +0000 UTC,unknown-name\n[\n")
                .contains("\"created\": null", "\"names\": []")
                .endsWith("]\n");
    }

    @Test
    void anEmptyStoreListsNothing() {
        bus.answer(Method.LIST_IMAGES, new Value.Items(List.of()));
        assertThat(run("list-images")).isZero();
        assertThat(host.output).isEmpty();
        assertThat(run("list-images", "--json")).isZero();
        assertThat(host.output).hasToString("[]\n");
    }

    @Test
    void statusTellsWhatRunsAndWhatComes() {
        host.epochSeconds = 1736419651 + 3 * 24 * 60 * 60;
        bus.answer(
                        Method.GET_PROPERTIES,
                        FakeBus.job(Map.of(
                                Property.BOOTED_SNAPSHOT, Value.of(""),
                                Property.BOOTED_SUBVOLUME, Value.of("@"),
                                Property.DEFAULT_SNAPSHOT, Value.of(IMAGE),
                                Property.ROLLBACK_AVAILABLE, Value.of(true),
                                Property.ROLLBACK_SUBVOLUME, Value.of(""),
                                Property.DEFAULT_CHOSEN_BY, Value.of("automatic-update"),
                                Property.DEFAULT_CHOSEN_TIME, new Value.Whole(1736419652000000L),
                                Property.REBOOT_NEEDED, Value.of(true))))
                .answer(
                        Method.LIST_SNAPSHOTS,
                        listed(Map.of(
                                Property.SNAPSHOT_ID, Value.of(IMAGE),
                                Property.SNAPSHOT_ORIGIN, Value.of("docker://os:1"),
                                Property.SNAPSHOT_VERSION, Value.of("20250109\u001b"),
                                Property.SNAPSHOT_CREATION_TIME, new Value.Whole(1736419651818647L),
                                Property.SNAPSHOT_PINNED, Value.of(true),
                                Property.SNAPSHOT_READ_ONLY, Value.of(true))))
                .answer(
                        Method.LIST_JOBS,
                        listed(Map.of(
                                Property.JOB_OPERATION, Value.of("pull"),
                                Property.JOB_TARGET, Value.of("docker://os:2"),
                                Property.JOB_PHASE, Value.of("downloading"),
                                Property.JOB_BYTES_DONE, new Value.Whole(1024))));
        assertThat(run("status")).isZero();
        assertThat(host.output).hasToString("""
                booted     subvolume @ (not a container-snap snapshot)
                next boot  IMAGE
                           docker://os:1, version 20250109\\x1b, made 2025-01-09 10:47 UTC (3 days ago), read-only
                           chosen by an automatic update 2025-01-09 10:47 UTC (2 days ago): reboot to use it
                rollback   the top level of the file system (not a container-snap snapshot)
                pinned     IMAGE
                           docker://os:1, version 20250109\\x1b, made 2025-01-09 10:47 UTC (3 days ago), read-only
                jobs       pull docker://os:2  downloading 1.0 KiB
                """.replace("IMAGE", IMAGE));
    }

    private void answerCheck(Map<String, Value> update) {
        bus.answer(Method.CHECK_UPDATE, Value.of(JOB_PATH))
                .answer(
                        Method.GET_PROPERTIES,
                        FakeBus.job(Map.of(
                                Property.JOB_STATE, Value.of("succeeded"),
                                Property.JOB_END_TIME, new Value.Whole(1),
                                Property.CACHED_UPDATE, new Value.Dictionary(update),
                                Property.LAST_CHECK, new Value.Whole(1736419651818647L))));
    }

    private static Map<String, Value> update(boolean available) {
        return Map.of(
                "reference", Value.of("docker://a.b/os:1"),
                "digest", Value.of("sha256:0123"),
                "image", Value.of(IMAGE),
                "version", Value.of("2\u001b"),
                "created", new Value.Whole(1736419651818647723L),
                "download_bytes", new Value.Whole(47395635),
                "available", Value.of(available));
    }

    @Test
    void anUpdateThatThereIsIsShown() {
        answerCheck(update(true));
        assertThat(run("update", "--check")).isZero();
        assertThat(host.output).hasToString("""
                update     docker://a.b/os:1, version 2\\x1b
                           sha256:0123
                           45.2 MiB to download, built 2025-01-09 10:47 UTC, asked 2025-01-09 10:47 UTC
                """);
        assertThat(bus.calls).contains("CheckUpdate({})");

        host.output.setLength(0);
        assertThat(run("update", "--check", "--json")).isZero();
        assertThat(host.output).hasToString("""
                {
                  "available": true,
                  "reference": "docker://a.b/os:1",
                  "digest": "sha256:0123",
                  "image": "IMAGE",
                  "version": "2\\u001b",
                  "created": "2025-01-09T10:47:31.818647723Z",
                  "download_bytes": 47395635,
                  "asked": "2025-01-09T10:47:31.818647Z"
                }
                """.replace("IMAGE", IMAGE));
    }

    @Test
    void anUpdateWithoutVersionAndTimeIsShownWithoutThem() {
        answerCheck(Map.of(
                "reference", Value.of("docker://a.b/os:1"),
                "digest", Value.of("sha256:0123"),
                "available", Value.of(true)));
        assertThat(run("update", "--check")).isZero();
        assertThat(host.output).hasToString("""
                update     docker://a.b/os:1
                           sha256:0123
                           0 B to download, asked 2025-01-09 10:47 UTC
                """);
    }

    @Test
    void nothingNewHasAnExitStatusOfItsOwnAndIsNoFailure() {
        answerCheck(update(false));
        assertThat(run("update", "--check")).isEqualTo(77);
        assertThat(run("update", "--check", "--json")).isEqualTo(77);
        assertThat(host.output.toString())
                .startsWith("update     none, docker://a.b/os:1 is what is booted, asked 2025-01-09 10:47 UTC\n{\n")
                .contains("\"available\": false");
        assertThat(host.error).isEmpty();
    }

    @Test
    void howFarAnUpdateIsIsShownUnlessNobodyAskedForIt() {
        bus.answer(Method.UPDATE, Value.of(JOB_PATH))
                .answer(
                        Method.GET_PROPERTIES,
                        FakeBus.job(Map.of(
                                Property.JOB_STATE, Value.of("succeeded"),
                                Property.JOB_PHASE, Value.of("connecting"),
                                Property.JOB_END_TIME, new Value.Whole(1))));

        assertThat(run("update")).isEqualTo(77);
        assertThat(host.error).hasToString("connecting\ncontainer-snap: there is nothing new\n");
        host.error.setLength(0);
        assertThat(run("update", "--policy", "stage")).isEqualTo(77);
        assertThat(host.error).hasToString("container-snap: there is nothing new\n");
        assertThat(run("update", "--policy", "apply")).isEqualTo(77);
        assertThat(run("update", "--reboot")).isEqualTo(77);
        assertThat(bus.calls)
                .contains("Update({})", "Update({automatic})", "Update({reboot, automatic})", "Update({reboot})");
    }

    @Test
    void anAnswerThatDoesNotCountAnyMoreIsTold() {
        answerCheck(Map.of());
        assertThat(run("update", "--check")).isEqualTo(1);
        assertThat(host.output).isEmpty();
        assertThat(host.error).hasToString("container-snap: the booted image has another origin by now; ask again\n");
    }

    @Test
    void statusShowsWhatIsKnownOfAnUpdate() {
        answerCheck(update(true));
        bus.answer(Method.LIST_SNAPSHOTS, listed()).answer(Method.LIST_JOBS, listed());
        assertThat(run("status")).isZero();
        assertThat(host.output.toString()).contains("\nupdate     docker://a.b/os:1, version 2\\x1b\n");
        host.output.setLength(0);
        assertThat(run("status", "--json")).isZero();
        assertThat(host.output.toString())
                .contains("  \"update\": {\n    \"available\": true,\n    \"reference\": \"docker://a.b/os:1\",");
    }

    @Test
    void aPrunePlanIsShownWithoutDoingIt() {
        bus.answer(
                Method.GET_PRUNE_PLAN,
                new Value.Items(List.of(
                        new Value.Items(List.of(Value.of(WORK), new Value.Whole(0))),
                        new Value.Items(List.of(Value.of(IMAGE), new Value.Whole(47395635))))));
        assertThat(run("prune", "--dry-run", "--keep-last", "1")).isZero();
        assertThat(run("prune", "--dry-run", "--json")).isZero();
        assertThat(host.output).hasToString("""
                WORK  0 B
                IMAGE  45.2 MiB
                [
                  {
                    "snapshot": "WORK",
                    "bytes": 0
                  },
                  {
                    "snapshot": "IMAGE",
                    "bytes": 47395635
                  }
                ]
                """.replace("WORK", WORK).replace("IMAGE", IMAGE));
        assertThat(bus.calls).containsExactly("GetPrunePlan({keep_last})", "GetPrunePlan({})");
    }

    @Test
    void deployTellsTheSnapshotAndWhatSomebodyShouldLookAt() {
        bus.answer(Method.DEPLOY, Value.of(JOB_PATH))
                .answer(
                        Method.GET_PROPERTIES,
                        FakeBus.job(
                                Map.of(
                                        Property.JOB_STATE, Value.of("succeeded"),
                                        Property.JOB_END_TIME, new Value.Whole(1),
                                        Property.JOB_RESULT,
                                                new Value.Dictionary(
                                                        Map.of(
                                                                "snapshots", new Value.Items(List.of(Value.of(WORK))),
                                                                "conflicts",
                                                                        new Value.Items(List.of(
                                                                                conflict(
                                                                                        "/etc/b",
                                                                                        "both-changed",
                                                                                        "/etc/b.rpmnew"),
                                                                                conflict("/etc/c", "new-to-us", ""))),
                                                                "hooks",
                                                                        new Value.Items(
                                                                                List.of(
                                                                                        new Value.Dictionary(
                                                                                                Map.of(
                                                                                                        "hook",
                                                                                                                Value
                                                                                                                        .of(
                                                                                                                                "/etc/a.d/60-loader.inside"),
                                                                                                        "output",
                                                                                                                Value
                                                                                                                        .of(
                                                                                                                                "installing\nwarning: no EFI\ndone"))))))))));
        assertThat(run("deploy", "--stage-only", IMAGE)).isZero();
        assertThat(host.output).hasToString(WORK + "\n");
        assertThat(host.error.toString())
                .contains("container-snap: look at /etc/b: changed here and in the image, yours is in place;"
                        + " the image's is /etc/b.rpmnew\n")
                .contains("container-snap: look at /etc/c: new-to-us\n")
                .contains("container-snap: 60-loader.inside: warning: no EFI\n")
                .doesNotContain("installing");
        assertThat(bus.calls).contains("Deploy(" + IMAGE + ", {stage_only})");
    }

    @Test
    void aDryRunOfDeployPrintsThePlan() {
        bus.answer(Method.DEPLOY, Value.of(JOB_PATH))
                .answer(
                        Method.GET_PROPERTIES,
                        FakeBus.job(Map.of(
                                Property.JOB_STATE, Value.of("succeeded"),
                                Property.JOB_END_TIME, new Value.Whole(1),
                                Property.JOB_RESULT,
                                        new Value.Dictionary(Map.of(
                                                "plan",
                                                new Value.Items(List.of(
                                                        new Value.Dictionary(Map.of(
                                                                "step", Value.of("pull"),
                                                                "what", Value.of("docker://a.b/os:1"),
                                                                "digest", Value.of("sha256:12"),
                                                                "bytes", Value.of("2048"))),
                                                        new Value.Dictionary(Map.of(
                                                                "step", Value.of("something-long-and-new"),
                                                                "what", Value.of("of a later service"))))))))));

        assertThat(run("deploy", "--dry-run", "a.b/os:1")).isZero();

        assertThat(host.output).hasToString("""
                        pull        docker://a.b/os:1, sha256:12, 2.0 KiB to download
                        something-long-and-new of a later service
                        """);
        assertThat(bus.calls).contains("Deploy(a.b/os:1, {dry_run})");
    }

    private static Value conflict(String path, String reason, String beside) {
        return new Value.Dictionary(
                Map.of("path", Value.of(path), "reason", Value.of(reason), "beside", Value.of(beside)));
    }

    @Test
    void pruneTellsWhatIsGoneAndWhatStayed() {
        bus.answer(Method.PRUNE, Value.of(JOB_PATH))
                .answer(
                        Method.GET_PROPERTIES,
                        FakeBus.job(Map.of(
                                Property.JOB_STATE, Value.of("succeeded"),
                                Property.JOB_END_TIME, new Value.Whole(1),
                                Property.JOB_RESULT,
                                        new Value.Dictionary(Map.of(
                                                "snapshots", new Value.Items(List.of(Value.of(WORK))),
                                                "kept", new Value.Items(List.of(Value.of(IMAGE))))))));
        assertThat(run("prune")).isZero();
        assertThat(host.output).hasToString(WORK + "\n");
        assertThat(host.error.toString()).contains("not deleted, since it came into use meanwhile: " + IMAGE);
    }

    @Test
    void jobsTellsWhatRunsAndHowWhatRanHasEnded() {
        bus.answer(
                Method.LIST_JOBS,
                listed(
                        Map.of(
                                Property.JOB_ID, new Value.Whole(1),
                                Property.JOB_OPERATION, Value.of("pull"),
                                Property.JOB_TARGET, Value.of("docker://os:1"),
                                Property.JOB_STATE, Value.of("failed"),
                                Property.JOB_START_TIME, new Value.Whole(1736419651818647L),
                                Property.JOB_END_TIME, new Value.Whole(1736419652818647L),
                                Property.JOB_REQUEST_ID, Value.of("nightly-7"),
                                Property.JOB_ERROR_NAME, Value.of("a.b.PullFailed"),
                                Property.JOB_ERROR_MESSAGE, Value.of("no such tag"),
                                Property.JOB_ERROR_DATA,
                                        new Value.Dictionary(Map.of("bytes_needed", new Value.Whole(4711)))),
                        Map.of(
                                Property.JOB_ID, new Value.Whole(2),
                                Property.JOB_OPERATION, Value.of("pull"),
                                Property.JOB_TARGET, Value.of("docker://os:2"),
                                Property.JOB_STATE, Value.of("running"),
                                Property.JOB_PHASE, Value.of("downloading"),
                                Property.JOB_START_TIME, new Value.Whole(1736419651818647L),
                                Property.JOB_BYTES_DONE, new Value.Whole(1024))));
        assertThat(run("jobs")).isZero();
        assertThat(host.output).hasToString("""
                1  2025-01-09 10:47 UTC  pull docker://os:1  failed
                    no such tag
                2  2025-01-09 10:47 UTC  pull docker://os:2  downloading 1.0 KiB
                """);
        host.output.setLength(0);
        assertThat(run("jobs", "--json")).isZero();
        assertThat(host.output.toString())
                .contains("\"state\": \"failed\"", "\"started_by\": 0", "\"error\": \"a.b.PullFailed\"")
                .contains("\"request_id\": \"nightly-7\"", "\"request_id\": null")
                .contains("\"error_data\": {\n      \"bytes_needed\": 4711\n    }", "\"error_data\": {},")
                .contains("\"ended\": null", "\"error\": null", "\"result\": {}");
    }

    @Test
    void pullPrintsTheImagesOnceTheJobHasEnded() throws BusFailure {
        bus.answer(Method.PULL, Value.of(JOB_PATH)).answer(Method.GET_PROPERTIES, FakeBus.job(SUCCEEDED));
        bus.events.add(FakeBus.changed(SUCCEEDED));
        assertThat(run("pull", "os:1")).isZero();
        assertThat(host.output).hasToString(IMAGE + "\nb\n");
        assertThat(bus.watched).isTrue();
        assertThat(bus.calls).startsWith("Pull(os:1, {})");
    }

    @Test
    void loadMakesTheFileAbsolute() {
        bus.answer(Method.LOAD, Value.of(JOB_PATH)).answer(Method.GET_PROPERTIES, FakeBus.job(SUCCEEDED));
        assertThat(run("load", "-i", "os.tar")).isZero();
        assertThat(run("load", "docker-archive:/srv/os.tar")).isZero();
        host.directory = Optional.of("");
        assertThat(run("load", "-i", "os.tar")).isZero();
        assertThat(bus.calls)
                .contains(
                        "Load(oci-archive:/home/alice/os.tar, {})",
                        "Load(docker-archive:/srv/os.tar, {})",
                        "Load(oci-archive:/os.tar, {})");
    }

    @Test
    void deleteOfAnImageWaitsForItsJobAndPrintsNothing() {
        bus.answer(Method.DELETE_IMAGE, Value.of(JOB_PATH)).answer(Method.GET_PROPERTIES, FakeBus.job(SUCCEEDED));
        assertThat(run("delete", "--id", IMAGE)).isZero();
        assertThat(run("delete", "--url", "os:1")).isZero();
        assertThat(host.output).isEmpty();
        assertThat(bus.calls).contains("DeleteImage(" + IMAGE + ", {})", "DeleteImage(os:1, {})");
    }

    @Test
    void aFailedJobIsToldInItsOwnWords() {
        bus.answer(Method.PULL, Value.of(JOB_PATH))
                .answer(
                        Method.GET_PROPERTIES,
                        FakeBus.job(Map.of(
                                Property.JOB_STATE, Value.of("failed"),
                                Property.JOB_ERROR_NAME, Value.of(SERVICE_ERROR + "PullFailed"),
                                Property.JOB_ERROR_MESSAGE, Value.of("no\nsuch \u001b[31mtag"))));
        assertThat(run("pull", "os:1")).isEqualTo(1);
        assertThat(host.output).isEmpty();
        assertThat(host.error).hasToString("container-snap: no\\nsuch \\x1b[31mtag\n");
    }

    @Test
    void aJobThatEndsInAnUnknownWayIsAFailure() {
        bus.answer(Method.PULL, Value.of(JOB_PATH))
                .answer(
                        Method.GET_PROPERTIES,
                        FakeBus.job(Map.of(
                                Property.JOB_STATE, Value.of("melted"), Property.JOB_END_TIME, new Value.Whole(5))));
        assertThat(run("pull", "os:1")).isEqualTo(1);
        assertThat(host.error)
                .hasToString("container-snap: pull os:1 ended as \"melted\"; see journalctl -u container-snapd\n");
    }

    @Test
    void whoIsAskedToEndCancelsTheJob() throws BusFailure {
        bus.answer(Method.PULL, Value.of(JOB_PATH))
                .answer(Method.CANCEL, Value.nothing())
                .answer(Method.GET_PROPERTIES, FakeBus.job(Map.of()));
        bus.events.add(new Event.Interrupted());
        bus.events.add(FakeBus.changed(Map.of(
                Property.JOB_STATE, Value.of("cancelled"),
                Property.JOB_ERROR_MESSAGE, Value.of("it was cancelled; nothing was changed"))));
        assertThat(run("pull", "os:1")).isEqualTo(1);
        assertThat(host.error).hasToString("container-snap: it was cancelled; nothing was changed\n");
        assertThat(bus.calls).contains(JOB_PATH + " Cancel({})");
    }

    @Test
    void whatIsTooLateToCancelIsPrintedAsDone() throws BusFailure {
        bus.answer(Method.PULL, Value.of(JOB_PATH))
                .fail(Method.CANCEL, answered(SERVICE_ERROR + "NotCancelable", "too late"))
                .answer(Method.GET_PROPERTIES, FakeBus.job(Map.of()));
        bus.events.add(new Event.Interrupted());
        bus.events.add(FakeBus.changed(SUCCEEDED));
        assertThat(run("pull", "os:1")).isZero();
        assertThat(host.output).hasToString(IMAGE + "\nb\n");
        assertThat(host.error).hasToString("container-snap: too late to cancel, it is done: pull os:1\n");
    }

    @ParameterizedTest
    @CsvSource({
        "org.opensuse.containersnap1.Error.InvalidId, 2",
        "org.opensuse.containersnap1.Error.InvalidReference, 2",
        "org.opensuse.containersnap1.Error.InvalidSource, 2",
        "org.freedesktop.DBus.Error.InvalidArgs, 2",
        "org.opensuse.containersnap1.Error.NoSuchSnapshot, 1",
        "org.opensuse.containersnap1.Error.DigestMismatch, 1",
        "org.opensuse.containersnap1.Error.SnapshotInUse, 1",
        "org.opensuse.containersnap1.Error.AddedLater, 1",
        "org.freedesktop.DBus.Error.AccessDenied, 1"
    })
    void theServicesErrorIsPrintedAsItIs(String name, int exitCode) {
        bus.fail(Method.SWITCH_TO, answered(name, "it is so"));
        assertThat(run("switch", WORK)).isEqualTo(exitCode);
        assertThat(host.error).hasToString("container-snap: it is so\n");
    }

    @ParameterizedTest
    @CsvSource({
        "ServiceUnknown, container-snapd is not on the system bus: words; is it installed?",
        "Spawn.ChildExited, container-snapd can't be started: words; see systemctl status container-snapd",
        "AccessDenied, the policy of the system bus does not let you call container-snapd like this; run it as root"
    })
    void whatTheBusItselfAnswersIsExplained(String name, String line) {
        bus.fail(Method.SWITCH_TO, new BusFailure.Answered(STANDARD_ERROR + name, "words", true));
        assertThat(run("switch", WORK)).isEqualTo(1);
        assertThat(host.error).hasToString("container-snap: " + line + "\n");
    }

    @Test
    void anAnswerOfAnotherTypeIsAFailure() {
        bus.answer(Method.GET_ROOT, Value.of(true));
        assertThat(run("get-root", IMAGE)).isEqualTo(1);
        assertThat(host.error.toString()).startsWith("container-snap: container-snapd answered with no text");
    }

    @Test
    void aBusThatIsNotThereIsAFailure() {
        assertThat(runWithoutBus(new BusFailure.Unreachable("No such file", true), "get-current"))
                .isEqualTo(1);
        assertThat(runWithoutBus(new BusFailure.Unreachable("gone", false), "-H", "there", "get-current"))
                .isEqualTo(1);
        assertThat(host.error).hasToString("""
                container-snap: the system bus can't be reached: No such file; does the service dbus run?
                container-snap: the system bus of there can't be reached: gone; does ssh get there, \
                and is systemd-stdio-bridge there?
                """);
    }

    @Test
    void inAChrootIntoTheSnapshotGetRootNeedsNoBus() {
        host.files.put("/proc/self/mountinfo", MountInfoTest.golden("chroot"));
        BusFailure absent = new BusFailure.Unreachable("No such file", true);
        assertThat(runWithoutBus(absent, "get-root", WORK)).isZero();
        assertThat(host.output).hasToString("/var/lib/container-snap/roots/" + WORK + "/\n");
    }

    @Test
    void inAChrootNothingElseIsAnsweredWithoutABus() {
        host.files.put("/proc/self/mountinfo", MountInfoTest.golden("chroot"));
        BusFailure absent = new BusFailure.Unreachable("No such file", true);
        assertThat(runWithoutBus(absent, "get-root", IMAGE)).isEqualTo(1);
        assertThat(runWithoutBus(absent, "get-root", IMAGE + "-work44")).isEqualTo(1);
        assertThat(runWithoutBus(absent, "get-root", WORK, "-H", "there")).isEqualTo(1);
        assertThat(runWithoutBus(absent, "get-current")).isEqualTo(1);
        assertThat(runWithoutBus(new BusFailure.Unreachable("denied", false), "get-root", WORK))
                .isEqualTo(1);
        bus.fail(Method.GET_ROOT, answered(SERVICE_ERROR + "NoSuchSnapshot", "no"));
        assertThat(run("get-root", WORK)).isEqualTo(1);
        host.files.put("/proc/self/mountinfo", MountInfoTest.golden("original-layout"));
        assertThat(runWithoutBus(absent, "get-root", IMAGE)).isEqualTo(1);
        assertThat(host.output).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Verb.class)
    void helpOfACommandTouchesNothing(Verb verb) {
        BusFailure never = new BusFailure.Unreachable("never asked for", false);
        assertThat(runWithoutBus(never, verb.word(), "--help")).isZero();
        assertThat(runWithoutBus(never, "help", verb.word())).isZero();
        assertThat(host.output.toString()).startsWith("Usage: container-snap " + verb.word());
        assertThat(host.output.toString().lines()).allMatch(line -> line.length() <= 90);
        assertThat(host.error).isEmpty();
    }

    @Test
    void helpOfTheProgramNamesEveryCommand() {
        assertThat(run("--help")).isZero();
        for (Verb verb : Verb.values()) {
            assertThat(host.output.toString()).contains("\n  " + verb.word() + " ");
        }
    }

    @Test
    void aWrongCommandLineTouchesNothing() {
        assertThat(runWithoutBus(new BusFailure.Unreachable("never asked for", false), "switch", "6"))
                .isEqualTo(2);
        assertThat(host.output).isEmpty();
        assertThat(host.error.toString()).startsWith("container-snap: switch: \"6\" is not an ID");
    }

    @Test
    void outputThatCantBeWrittenIsAFailure() {
        host.outputProblem = Optional.of("No space left on device");
        assertThat(run("--version")).isEqualTo(1);
        assertThat(host.error).hasToString("container-snap: the output can't be written: No space left on device\n");
    }

    @Test
    void aCommandWithoutOutputDoesNotTouchTheOutput() {
        host.outputProblem = Optional.of("No space left on device");
        bus.answer(Method.SWITCH_TO, Value.nothing());
        assertThat(run("switch", WORK)).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPasswordIsAskedForOnlyAtATerminal(boolean terminal) {
        host.inputTerminal = terminal;
        bus.answer(Method.SWITCH_TO, Value.nothing());
        assertThat(run("switch", WORK)).isZero();
        assertThat(interactive).isEqualTo(terminal);
        assertThat(run("--no-ask-password", "switch", WORK)).isZero();
        assertThat(interactive).isFalse();
    }

    @Test
    void argumentsThatAreNoTextAreAWrongCommandLine() {
        assertThat(new Program(host, (_, _) -> bus).unreadableArguments()).isEqualTo(2);
    }
}
