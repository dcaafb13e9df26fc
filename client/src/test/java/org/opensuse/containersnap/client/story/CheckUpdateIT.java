package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Caller.OPTIONS;
import static org.opensuse.containersnap.client.story.Machine.STATE;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.lab.SlowRegistry;
import org.opensuse.containersnap.client.story.Bus.Job;

/// Someone wants to know whether there is a newer system than the one that runs, and what getting it would
/// cost, without getting it.
class CheckUpdateIT {
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern ASKED =
            Pattern.compile("http\\.request\\.uri=\"?(/v2/\\S+/(?:manifests|blobs)/[^\" ]+)");

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private final Bus bus = new Bus(lab);

    /// Boots an image as it was pulled.
    private void boot(String image) {
        machine.switchTo(image);
        machine.comesUp();
        assertThat(lab.snap("get-current").line()).isEqualTo(image);
    }

    private String property(String name) {
        return machine.property("", "Manager", name);
    }

    /// Another image under the tag that tiny:1 was pulled by, with a layer of its own.
    private RegistryImage move(String version) throws IOException, InterruptedException {
        RegistryImage image = RegistryImage.read(lab.registry(), "tiny", "1").over("1", "news", new byte[70_000]);
        return image.changed(
                        "1",
                        image.configuration()
                                .replaceFirst(
                                        "(\"org.opencontainers.image.version\":\")1\"",
                                        "$1" + Matcher.quoteReplacement(version + "\"")))
                .push();
    }

    /// What the registry was asked for since its log was so long, but for whether it is there.
    private List<String> requests(int logged) throws IOException {
        return ASKED.matcher(registryLog().substring(logged))
                .results()
                .map(asked -> asked.group(1))
                .distinct()
                .toList();
    }

    private String registryLog() throws IOException {
        return Files.readString(lab.scratch().resolve("logs/registry.log"));
    }

    private static String digest(Result result) {
        Matcher digest = DIGEST.matcher(result.ok());
        assertThat(digest.find()).as(result.out()).isTrue();
        return digest.group();
    }

    private void assertNothingNew() {
        Result result = lab.snap("update", "--check");
        assertThat(result.status()).as(result.err()).isEqualTo(77);
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).startsWith("update     none, docker://").hasLineCount(1);
    }

    /// The whole story of a tag that moves, with the registry's own log as the witness.
    @Test
    void aTagThatMovedIsSeenWithoutALayerAndRememberedUntilItIsAboutSomethingElse() throws Exception {
        String name;
        String digest;
        String asked;
        RegistryImage moved;
        try (SlowRegistry front = SlowRegistry.before(lab.registry(), Long.MAX_VALUE)) {
            name = "docker://" + front.image("tiny:1");
            String old = lab.snap("pull", front.image("tiny:1")).out().strip();
            assertRefused(lab.snap("update", "--check"), "no registry to ask", "is none of the snapshots");
            assertThat(property("CachedUpdate")).isEqualTo("a{sv} 0");
            boot(old);

            assertNothingNew();

            assertThat(property("UpdateAvailable")).isEqualTo("b false");
            assertThat(lab.snap("status").ok()).contains("\nupdate     none, " + name + " is what is booted, asked ");
            long oldBytes = RegistryImage.read(lab.registry(), "tiny", "1").layerBytes();
            moved = move("2.0");
            int logged = registryLog().length();
            Result found;
            try (Listener listener = new Listener(lab)) {
                found = lab.snap("update", "--check");
                listener.await("PropertiesChanged " + Machine.TOP + " \\S+\\.Manager CachedUpdate=.*" + moved.id()
                        + ".* LastCheck=\\d+ UpdateAvailable=1");
            }
            digest = digest(found);
            assertThat(found.ok()).contains("update     " + name + ", version 2.0\n");
            assertThat(requests(logged))
                    .containsExactlyInAnyOrder(
                            "/v2/tiny/manifests/1",
                            "/v2/tiny/manifests/" + digest,
                            "/v2/tiny/blobs/sha256:" + moved.id());
            assertThat(machine.json("status"))
                    .contains(
                            ".update.available true",
                            ".update.image \"" + moved.id() + "\"",
                            ".update.version \"2.0\"",
                            ".update.created \"" + moved.created() + "\"",
                            ".update.download_bytes " + (moved.layerBytes() - oldBytes));

            asked = property("LastCheck");
            bus.stopService();
            Await.until("the end of the service", () -> !bus.serviceRuns());
            assertThat(property("LastCheck")).isEqualTo(asked).isNotEqualTo("t 0");
            assertThat(property("CachedUpdate")).contains("\"available\" b true", "\"version\" s \"2.0\"");
        }

        assertRefused(
                lab.snap("update", "--check"),
                "can't ask the registry for " + name,
                "can't be reached (connection refused)");
        assertThat(property("LastCheck")).isEqualTo(asked);
        assertThat(property("UpdateAvailable")).isEqualTo("b true");

        String next = machine.pull("tiny@" + digest);
        assertThat(next).isEqualTo(moved.id());
        boot(next);
        assertThat(property("CachedUpdate")).isEqualTo("a{sv} 0");
        assertThat(property("LastCheck")).isEqualTo("t 0");
        assertThat(lab.snap("status").ok()).doesNotContain("update ");
        assertNothingNew();
    }

    @Test
    void anUpdateThatIsBootedIsNoneAnyMoreAndOneThatWasLeftIsOneAgain() throws Exception {
        boot(machine.pull("tiny:1"));
        RegistryImage moved = move("2.0");
        assertThat(lab.snap("update", "--check").status()).isZero();
        String asked = property("LastCheck");

        boot(machine.pull("tiny:1"));

        assertThat(lab.snap("get-current").line()).isEqualTo(moved.id());
        assertThat(property("UpdateAvailable")).isEqualTo("b false");
        lab.snap("rollback").ok();
        lab.reboot();
        assertThat(property("UpdateAvailable")).isEqualTo("b true");
        assertThat(property("LastCheck")).isEqualTo(asked);
    }

    @Test
    void aPersonInAnActiveSessionMayAskUnlessARuleSaysNo() throws Exception {
        boot(machine.pull("tiny:1"));
        Person active = Person.active(lab, "active");
        try (Caller caller = new Caller(active)) {
            Job job = new Job(lab, caller.call("CheckUpdate", OPTIONS).value());
            assertThat(job.end()).isEqualTo("succeeded");
            assertThat(job.number("StartedByUid")).isEqualTo(active.uid());
            assertThat(job.get("Operation")).isEqualTo("\"check-update\"");
            assertThat(job.get("Target")).isEqualTo("\"docker://" + lab.image("tiny:1") + "\"");
        }
        lab.run("mkdir", "-p", "/etc/polkit-1/rules.d").ok();
        new Polkit(lab).addRules("49-no-check.rules", """
                polkit.addRule(function(action, subject) {
                    if (action.id == "org.opensuse.containersnap1.check"
                            && action.lookup("operation") == "check-update"
                            && action.lookup("reference") == "docker://%s") {
                        return polkit.Result.NO;
                    }
                });
                """.formatted(lab.image("tiny:1")));
        List<String> jobs = bus.jobs();
        try (Caller caller = new Caller(active)) {
            assertThat(caller.ask("CheckUpdate", OPTIONS).line())
                    .startsWith(
                            "AccessDenied: user " + active.uid() + " may not look for an update of the booted system");
        }
        assertThat(bus.jobs()).isEqualTo(jobs);
    }

    @Test
    void whatTheRegistrySaysIsBoundedAndWhatItLacksIsTold() throws Exception {
        boot(machine.pull("tiny:1"));
        move("2\\u001b[31m\\n" + "9".repeat(12_000));

        Result found = lab.snap("update", "--check");

        assertThat(found.ok().lines().findFirst().orElse("").length()).isLessThan(400);
        assertThat(found.ok())
                .contains(", version 2\\u{1b}[31m\\n999")
                .hasLineCount(3)
                .doesNotContain("\u001b");
        String update = property("CachedUpdate");
        lab.run("curl", "-fsS", "-X", "DELETE", "http://" + lab.registry() + "/v2/tiny/manifests/" + digest(found))
                .ok();
        assertRefused(lab.snap("update", "--check"), lab.image("tiny:1"), "the registry has no such image or tag");
        assertThat(property("CachedUpdate")).isEqualTo(update);

        lab.bash("echo '{\"reference\": 5}' >" + STATE + "state/check/answer.json")
                .ok();
        assertThat(property("CachedUpdate")).isEqualTo("a{sv} 0");
        lab.run("test", "-e", STATE + "state/damaged/check-1-answer.json").ok();
    }

    @Test
    void aSystemFromAnArchiveHasNobodyToAsk() {
        String image = machine.pull("tiny:1");
        machine.podman("save", "--quiet", "--format", "oci-archive", "--output", "/srv/tiny.tar", image)
                .ok();
        lab.snap("delete", "--id", image).ok();
        Result loaded = lab.snap("load", "-i", "/srv/tiny.tar");
        boot(loaded.out().strip());

        assertRefused(
                lab.snap("update", "--check"),
                "no registry to ask for an update",
                "was loaded from 'oci-archive:/srv/tiny.tar'");
        Bus.assertRefused(bus.manager("CheckUpdate", "{}"), Machine.BUS_NAME + ".Error.NoOrigin", "was loaded from");
        assertThat(bus.jobs()).hasSize(3);
    }
}
