package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Caller.OPTIONS;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.Person;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.lab.SlowRegistry;
import org.opensuse.containersnap.client.story.Agent.Manner;
import org.opensuse.containersnap.client.story.Bus.Job;

/// The rule that is shipped as an example lets a user pull from one registry, and from nowhere else however it is
/// spelled.
///
/// In the texts ALLOWED is the registry of the rule, PORT its port, OTHER another one that would serve the same images,
/// DIGEST the digest of tiny:1 and ID its image ID.
class OneRegistryIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    /// The registry under a name with letters, and short names for its images.
    private static final String REGISTRIES = """
            unqualified-search-registries = ["ALLOWED"]
            [[registry]]
            location = "localhost"
            insecure = true
            [aliases]
            "tiny" = "ALLOWED/tiny"
            """;

    private static final String ARCHIVE = "/srv/tiny.tar";
    private static final Machine machine = new Machine(lab);
    private static final Bus bus = new Bus(lab);
    private static Person user;
    private static Person stranger;
    private static String allowed = "";
    private static String digest = "";
    private static RegistryImage tiny;
    private static SlowRegistry other;

    @BeforeAll
    static void fill() throws Exception {
        user = Person.withoutSession(lab, "puller");
        stranger = Person.withoutSession(lab, "stranger");
        allowed = "localhost:" + port();
        new Polkit(lab).allowOneRegistry(user.name(), allowed);
        lab.bash(
                        "printf %s \"$1\" >/etc/containers/registries.conf.d/short.conf",
                        REGISTRIES.replace("ALLOWED", allowed))
                .ok();
        tiny = RegistryImage.read(lab.registry(), "tiny", "1");
        tiny.changed("latest", tiny.configuration()).push();
        digest = lab.run(
                        "skopeo",
                        "inspect",
                        "--tls-verify=false",
                        "--format={{.Digest}}",
                        "docker://" + tiny.reference())
                .line();
        other = SlowRegistry.before(lab.registry(), Long.MAX_VALUE);
        lab.run(
                        "skopeo",
                        "copy",
                        "-q",
                        "--src-tls-verify=false",
                        "docker://" + tiny.reference(),
                        "oci-archive:" + ARCHIVE)
                .ok();
        lab.run("chmod", "644", ARCHIVE).ok();
        // What the first pull makes is there before the tests compare.
        lab.snap("delete", "--id", machine.pull("tiny:1")).ok();
    }

    @AfterAll
    static void closeRegistry() {
        other.close();
    }

    @Test
    void theUserPullsFromTheRegistry() {
        Result pulled = user.run("container-snap", "pull", allowed + "/tiny:1");

        assertThat(pulled.out()).as(pulled.err()).isEqualTo(tiny.id() + "\n");
        assertThat(machine.snapshots()).containsExactly(tiny.id());
        lab.run("test", "-d", ROOTS + tiny.id() + "/etc").ok();
        lab.snap("delete", "--id", tiny.id()).ok();
    }

    /// What polkit is asked about is what is pulled: the reference in full, whatever the spelling.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALLOWED/tiny:1                   ALLOWED/tiny:1",
                "docker://ALLOWED/tiny:1          ALLOWED/tiny:1",
                "ALLOWED/tiny                     ALLOWED/tiny:latest",
                "docker://ALLOWED/tiny            ALLOWED/tiny:latest",
                "ALLOWED/tiny@DIGEST              ALLOWED/tiny@DIGEST",
                "docker://ALLOWED/tiny@DIGEST     ALLOWED/tiny@DIGEST",
                "docker://ALLOWED/tiny:1@DIGEST   ALLOWED/tiny@DIGEST",
                "ALLOWED/tiny:none@DIGEST         ALLOWED/tiny@DIGEST"
            })
    void anotherSpellingIsTheSameReferenceToPolkitAndToThePull(String row) {
        String spelled = fill(row.replaceFirst(" .*", ""));
        String full = "docker://" + fill(row.replaceFirst(".* ", ""));
        try (Caller asking = new Caller(stranger);
                Agent agent = Agent.of(asking).answering(Manner.CANCEL);
                Caller caller = new Caller(user)) {
            assertThat(asking.ask("Pull", Bus.text(spelled), OPTIONS).line()).startsWith("AccessDenied");
            assertThat(agent.question().message()).isEqualTo("Authentication is required to pull the image " + full);

            Job job =
                    new Job(lab, caller.call("Pull", Bus.text(spelled), OPTIONS).value());

            assertThat(job.get("Target")).isEqualTo('"' + full + '"');
            assertThat(job.end()).as(job.get("ErrorMessage")).isEqualTo("succeeded");
            assertThat(job.get("Result")).contains(tiny.id());
        }
        lab.snap("delete", "--id", tiny.id()).ok();
    }

    /// Nothing listens at this registry: an allowed pull fails, after it was allowed.
    @Test
    void theNameOfTheRegistryEndsAtTheSlash() {
        Person another = Person.withoutSession(lab, "another-puller");
        new Polkit(lab).allowOneRegistry(another.name(), "127.0.0.1");
        try (Caller caller = new Caller(another)) {
            for (String text : List.of(
                    "127.0.0.1:PORT/tiny:1",
                    "127.0.0.10/tiny:1",
                    "127.0.0.1.evil.example/tiny:1",
                    "127.0.0.1-evil.example/tiny:1")) {
                assertThat(caller.call("Pull", Bus.text(fill(text)), OPTIONS).line())
                        .as(text)
                        .startsWith("InteractiveAuthorizationRequired: ");
            }

            Job job = new Job(
                    lab,
                    caller.call("Pull", Bus.text("127.0.0.1/tiny:1"), OPTIONS).value());

            assertThat(job.end()).isEqualTo("failed");
        }
    }

    /// What is the name of something else, in full.
    private static final List<String> ELSEWHERE = List.of(
            "OTHER/tiny:1",
            "docker://OTHER/tiny:1",
            "OTHER/tiny@DIGEST",
            "OTHER/tiny:1@DIGEST",
            "OTHER/localhost/tiny:1",
            "127.0.0.1:PORT/tiny:1",
            "127.0.0.01:PORT/tiny:1",
            "127.1:PORT/tiny:1",
            "[::1]:PORT/tiny:1",
            "LOCALHOST:PORT/tiny:1",
            "Localhost:PORT/tiny:1",
            "docker://LocalHost:PORT/tiny@DIGEST",
            "localhost/tiny:1",
            "localhost:80/tiny:1",
            "localhost:00001/tiny:1",
            "localhost.localdomain:PORT/tiny:1",
            "localhost.evil.example:PORT/tiny:1",
            "evil-localhost:PORT/tiny:1",
            "a.localhost:PORT/tiny:1",
            // Without a slash it is a name at docker.io.
            "ALLOWED",
            "docker://ALLOWED",
            "docker.io/localhost/tiny:1",
            "docker.io/library/tiny:1",
            // podman would take these from the registry, by its search list and its aliases.
            "tiny",
            "tiny:1",
            "tiny@DIGEST",
            "library/tiny:1",
            "sha256:ID",
            "dir:latest",
            "oci:1",
            "containers-storage:tiny");

    /// What is no name of an image in a registry.
    private static final List<String> NOWHERE = List.of(
            "",
            " ",
            "/",
            "//ALLOWED/tiny:1",
            "/ALLOWED/tiny:1",
            "ALLOWED/",
            "ALLOWED//tiny:1",
            "docker:",
            "docker://",
            "docker:///ALLOWED/tiny:1",
            "docker:/ALLOWED/tiny:1",
            "docker:ALLOWED/tiny:1",
            "docker://docker://ALLOWED/tiny:1",
            "docker://docker:ALLOWED/tiny:1",
            "DOCKER://ALLOWED/tiny:1",
            "Docker://OTHER/tiny:1",
            "https://ALLOWED/tiny:1",
            "oci-archive:" + ARCHIVE,
            "docker-archive:" + ARCHIVE,
            "docker://oci-archive:" + ARCHIVE,
            "oci:/srv/tiny:1",
            "dir:/srv/tiny",
            "sif:/srv/tiny",
            "ostree:tiny@/srv",
            "containers-storage:ALLOWED/tiny:1",
            "containers-storage:[overlay@/srv+/srv]tiny",
            "docker-daemon:ALLOWED/tiny:1",
            "localhost.:PORT/tiny:1",
            "localhost:PORT./tiny:1",
            "localhost..:PORT/tiny:1",
            ".localhost:PORT/tiny:1",
            "localhost:PORT.evil.example/tiny:1",
            "localhost:PORT1/tiny:1",
            "localhost:0PORT/tiny:1",
            "localhost:PORT:80/tiny:1",
            "localhost:+PORT/tiny:1",
            "localhost:/tiny:1",
            "ALLOWED@OTHER/tiny:1",
            "user@ALLOWED/tiny:1",
            "user:word@OTHER/tiny:1",
            "ALLOWED:tiny@OTHER/tiny:1",
            "ALLOWED,OTHER/tiny:1",
            "OTHER/ALLOWED/tiny:1",
            "OTHER#ALLOWED/tiny:1",
            "ALLOWED/../OTHER/tiny:1",
            "ALLOWED/..",
            "ALLOWED/./tiny:1",
            "ALLOWED/tiny/../tiny:1",
            "ALLOWED/%2e%2e/tiny:1",
            "ALLOWED/tiny%00:1",
            "ALLOWED\\tiny:1",
            "ALLOWED/tiny:1?ns=OTHER",
            "ALLOWED/tiny:1#OTHER",
            "ALLOWED/tiny:1/../../OTHER",
            "ALLOWED/Tiny:1",
            "ALLOWED/tiny:",
            "ALLOWED/tiny:1:2",
            "ALLOWED/tiny:.1",
            "ALLOWED/tiny@",
            "ALLOWED/tiny@ID",
            "ALLOWED/tiny@sha256:",
            "ALLOWED/tiny@SHA256:ID",
            "ALLOWED/tiny@DIGESTf",
            "ALLOWED/tiny@DIGEST@DIGEST",
            "ALLOWED/tiny@DIGEST:1",
            "ALLOWED/tiny:1;OTHER/tiny:1",
            "ALLOWED/tiny:1 OTHER/tiny:1",
            " ALLOWED/tiny:1",
            "ALLOWED/tiny:1 ",
            "ALLOWED/tiny:1\n",
            "ALLOWED/tiny:1\r\nOTHER/tiny:1",
            "\nALLOWED/tiny:1",
            "OTHER/tiny:1\ndocker://ALLOWED/tiny:1",
            "ALLOWED/tiny\t:1",
            "ALLOWED/tiny:1\u007f",
            "\u202eALLOWED/tiny:1",
            "ALLOWED/tiny\u200b:1",
            "ALLOWED\uff0ftiny:1",
            "loc\u0430lhost:PORT/tiny:1",
            "\u017focalhost:PORT/tiny:1",
            "localhost\uff1aPORT/tiny:1",
            "ALLOWED/tiny:\u0661",
            "$(id)/tiny:1",
            "ALLOWED/$(id):1",
            "ALLOWED/`id`:1",
            "--help",
            "ID");

    @Test
    void noOtherNameGetsAnythingPulled() {
        assertNothingComesOf("Pull", ELSEWHERE, "InteractiveAuthorizationRequired", "InvalidReference", NOWHERE);
    }

    /// A load is the same action, and the path of an archive may look like the registry.
    @Test
    void nothingIsLoaded() {
        List<String> archives = List.of(
                "oci-archive:" + ARCHIVE,
                "docker-archive:" + ARCHIVE,
                "oci-archive:/docker://ALLOWED/tiny:1",
                "docker-archive:/docker://ALLOWED/tiny:1",
                "oci-archive:/../docker://ALLOWED/../../srv/tiny.tar",
                "oci-archive:" + ARCHIVE + "\ndocker://ALLOWED/tiny:1");
        List<String> sources = List.of(
                "",
                "docker://ALLOWED/tiny:1",
                "ALLOWED/tiny:1",
                "docker://ALLOWED/../srv/tiny.tar",
                "oci-archive:docker://ALLOWED/tiny:1",
                "oci-archive:srv/tiny.tar",
                "oci:" + ARCHIVE,
                "dir:/srv",
                "docker-archive:");

        assertNothingComesOf("Load", archives, "InteractiveAuthorizationRequired", "InvalidSource", sources);
    }

    /// A digest of this registry's tiny:1 under the name of another repository there.
    @Test
    void theDigestOfAnotherRepositoryBringsNothing() {
        List<String> before = machine.traces();
        try (Caller caller = new Caller(user)) {
            String spelled = fill("ALLOWED/bootable@DIGEST");

            Job job =
                    new Job(lab, caller.call("Pull", Bus.text(spelled), OPTIONS).value());

            assertThat(job.end()).isEqualTo("failed");
            assertThat(job.get("ErrorName")).isEqualTo('"' + Bus.ERROR + "PullFailed\"");
        }
        assertThat(machine.images()).isEmpty();
        assertThat(machine.snapshots()).isEmpty();
        assertThat(machine.traces()).filteredOn(line -> !before.contains(line)).isEmpty();
    }

    private static void assertNothingComesOf(
            String method, List<String> refused, String refusal, String invalid, List<String> unreadable) {
        List<String> before = state();
        Map<String, String> expected = new LinkedHashMap<>();
        refused.forEach(text -> expected.put(text, refusal));
        unreadable.forEach(text -> expected.put(text, invalid));
        Map<String, String> errors = new LinkedHashMap<>();
        try (Caller caller = new Caller(user)) {
            for (String text : expected.keySet()) {
                String line = caller.call(method, Bus.text(fill(text)), OPTIONS).line();
                assertThat(line).as(text).doesNotContain("\n", "\r", "\t", "\u007f", "\u200b", "\u202e");
                errors.put(text, line.replaceFirst(":.*", ""));
            }
        }
        assertThat(errors).isEqualTo(expected);
        assertThat(state()).isEqualTo(before);
    }

    private static List<String> state() {
        List<String> state = new ArrayList<>(machine.traces());
        state.addAll(bus.jobs());
        return state;
    }

    private static String fill(String text) {
        return text.replace("ALLOWED", allowed)
                .replace("OTHER", other.image("").replace("/", ""))
                .replace("PORT", port())
                .replace("DIGEST", digest)
                .replace("ID", tiny.id());
    }

    private static String port() {
        return lab.registry().replaceFirst(".*:", "");
    }
}
