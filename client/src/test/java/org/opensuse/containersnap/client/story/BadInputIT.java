package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;
import static org.opensuse.containersnap.client.story.Machine.assertWrongCommandLine;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.lab.SlowRegistry;

/// What is wrong, broken or hostile is refused with one clear line, changes nothing and leaves nothing behind:
/// after each test the machine is compared with what it was before.
class BadInputIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    private static final Machine machine = new Machine(lab);
    private static final Bus bus = new Bus(lab);
    private static final String WRONG_ID = " is not a snapshot ID: ";

    /// Makes one docker-archive of two.
    private static final String TWO_IN_ONE = """
            mkdir -p /tmp/in/two
            for image; do
                skopeo copy -q --src-tls-verify=false "docker://$image" "docker-archive:/tmp/in/one.tar:$image"
                tar -xf /tmp/in/one.tar -C /tmp/in/two
                cat /tmp/in/two/manifest.json >>/tmp/in/manifests
                rm /tmp/in/one.tar /tmp/in/two/manifest.json
            done
            sed -i 's/\\]\\[/,/' /tmp/in/manifests
            mv /tmp/in/manifests /tmp/in/two/manifest.json
            tar -cf /tmp/in/two.tar -C /tmp/in/two .
            """;

    private static String image = "";
    private List<String> before = List.of();

    /// An image and a snapshot, so that nearly right IDs and names have something to hit; its layer is none of those
    /// that the tests bring.
    @BeforeAll
    static void pull() {
        image = machine.pull("bootable:1");
        machine.create(image);
    }

    @BeforeEach
    void look() {
        lab.run("rm", "-rf", "/tmp/in").ok();
        before = machine.traces();
    }

    @AfterEach
    void nothingChangedAndNothingIsLeftBehind() {
        lab.run("rm", "-rf", "/tmp/in").ok();
        assertThat(machine.traces()).containsExactlyElementsOf(before);
        assertThat(lab.snap("status").ok()).endsWith("\njobs       none\n");
    }

    /// IDs next to the image's, IMAGE, and to its snapshot's.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "/",
                "6",
                "PREFIX",
                "IMAGE0",
                "IMAGE00000000",
                "UPPER",
                "UPPER-work1",
                "IMAGE-work0",
                "IMAGE-work01",
                "IMAGE-work-1",
                "IMAGE-work+1",
                "IMAGE-work1.0",
                "IMAGE-work1e0",
                "IMAGE-work0x1",
                "IMAGE-work99999999999999999999",
                "IMAGE-work9223372036854775808",
                "IMAGE-work18446744073709551617",
                "IMAGE-work",
                "IMAGE-work ",
                "IMAGE-work1-work1",
                "IMAGE-work1 ",
                " IMAGE",
                "IMAGE\n",
                "IMAGE\nIMAGE",
                "IMAGE-WORK1",
                "IMAGE-Work1",
                "IMAGE_work1",
                "IMAGEwork1",
                "IMAGE-work\u0661",
                "IMAGE-work\uff11",
                "IMAGE/",
                "IMAGE/.",
                "IMAGE/../IMAGE",
                "../roots/IMAGE",
                "./IMAGE",
                "/var/lib/container-snap/roots/IMAGE",
                "IMAGE-work1/../IMAGE",
                "IMAGE;reboot",
                "$(touch /tmp/in)IMAGE",
                "`touch /tmp/in`",
                "IMAGE|cat",
                "IMAGE&",
                "IMAGE>/tmp/in",
                "IMAGE*",
                "????????????????????????????????????????????????????????????????",
                "IMAGE'",
                "IMAGE\"",
                "IMAGE\\",
                "IMAGE\u0007\u001b[31m",
                "\u202eIMAGE",
                "sha256:IMAGE",
                "localhost/IMAGE",
                "IMAGE,false",
                "ZZZZ",
                "LONG"
            })
    void anIdThatIsNoneIsRefusedByEveryCommandAndOnTheBus(String shape) {
        String id = shape.replace("IMAGE", image)
                .replace("PREFIX", image.substring(1))
                .replace("UPPER", image.toUpperCase(Locale.ROOT))
                .replace("ZZZZ", "z".repeat(64))
                .replace("LONG", "0".repeat(10_000));

        assertWrongCommandLine(lab.snap("create-snapshot", id));
        assertWrongCommandLine(lab.snap("get-root", id));
        assertWrongCommandLine(lab.snap("switch", id));
        assertWrongCommandLine(lab.snap("set-readonly-state", "--readonly", id));
        assertWrongCommandLine(lab.snap("set-readonly-state", id, "--no-readonly", "--force"));
        assertWrongCommandLine(lab.snap("get-readonly-state", id));
        assertWrongCommandLine(lab.snap("delete", "--id", id));
        assertWrongCommandLine(lab.snap("delete", "--id=" + id));

        String text = Bus.text(id);
        String error = Bus.ERROR + "InvalidId";
        Bus.assertRefused(bus.manager("GetRoot", text), error, WRONG_ID);
        Bus.assertRefused(bus.manager("CreateSnapshot", text, "{}"), error, WRONG_ID);
        Bus.assertRefused(bus.manager("SwitchTo", text, "{}"), error, WRONG_ID);
        Bus.assertRefused(bus.manager("SetReadOnly", text, "true", "{}"), error, WRONG_ID);
        Bus.assertRefused(bus.manager("DeleteSnapshot", text, "{}"), error, WRONG_ID);
        // This one takes names too; a part of an ID may be one, but of no image.
        Result deleted = bus.manager("DeleteImage", text, "{}");
        assertThat(deleted.err()).matches("Error: GDBus.Error:" + Bus.ERROR + "(InvalidReference|NoSuchImage): .*\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "two words",
                "HOST/tiny:1 ",
                " HOST/tiny:1",
                "HOST/tiny:1\n",
                "HOST/ti\nny:1",
                "HOST/ti\tny:1",
                "HOST/tiny:1\u001b[31m",
                "HOST/tiny:1\u0085",
                "docker://",
                "docker://HOST/",
                "docker://docker://HOST/tiny:1",
                "docker:HOST/tiny:1",
                "https://HOST/tiny:1",
                "oci:/etc",
                "dir:/etc",
                "oci-archive:/tmp/x.tar",
                "docker-archive:/tmp/x.tar",
                "containers-storage:HOST/tiny:1",
                "docker-daemon:tiny:1",
                "HOST/Tiny:1",
                "HOST/tiny:",
                "HOST/tiny:a b",
                "HOST/tiny::1",
                "HOST/tiny:1:1",
                "HOST/tiny:-1",
                "HOST/tiny:TAG129",
                "HOST/tiny@sha256:0123",
                "HOST/tiny@sha256:UPPER",
                "HOST/tiny@md5:0123456789abcdef",
                "HOST/tiny@",
                "HOST//tiny:1",
                "HOST/../tiny:1",
                "HOST/./tiny:1",
                "HOST/tiny/:1",
                "/HOST/tiny:1",
                "HOST:1/tiny:1",
                "-HOST/tiny:1",
                "user:password@HOST/tiny:1",
                "HOST/tiny:1?x=y",
                "HOST/tiny:1#x",
                "HOST/tiny:1;reboot",
                "HOST/$(touch /tmp/in)",
                "HOST/`id`",
                "HOST/tiny:1|cat",
                "HOST/tiny:1&",
                "HOST/tiny*",
                "HOST/t\u00efny:1",
                "HOST/\u202etiny:1",
                "IMAGE",
                "LONG"
            })
    void aReferenceThatIsNoneIsRefusedByEveryCommandAndOnTheBus(String shape) {
        String reference = shape.replace("HOST", lab.registry())
                .replace("IMAGE", image)
                .replace("TAG129", "t".repeat(129))
                .replace("UPPER", image.toUpperCase(Locale.ROOT))
                .replace("LONG", lab.registry() + "/" + "a".repeat(10_000));

        Bus.assertRefused(bus.manager("Pull", Bus.text(reference), "{}"), Bus.ERROR + "InvalidReference");
        assertWrongCommandLine(lab.snap("pull", "--", reference));
        assertWrongCommandLine(lab.snap("load", "--", "docker://" + reference));
        assertWrongCommandLine(lab.snap("delete", "--url", reference));
    }

    /// Options of podman, and of this program where they don't belong.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--tls-verify=false",
                "--creds=a:b",
                "--root=/tmp/in",
                "--all-tags",
                "-a",
                "-q",
                "--force",
                "--id=tiny",
                "--",
                "-"
            })
    void anOptionInFrontOfAReferenceIsNotPassedOn(String option) {
        assertWrongCommandLine(lab.snap("pull", option));
        assertThat(lab.snap("pull", option, lab.image("none:1")).status()).isIn(1, 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "tmp/in/a.tar",
                "/tmp/in/a.tar",
                "oci-archive:",
                "oci-archive:a.tar",
                "oci-archive:../a.tar",
                "docker-archive:tmp/a.tar",
                "oci:/tmp/in",
                "dir:/tmp/in",
                "OCI-ARCHIVE:/tmp/in",
                " oci-archive:/tmp/in",
                "docker://HOST/tiny:1",
                "LONG"
            })
    void aSourceThatIsNoneIsRefusedOnTheBus(String shape) {
        String source = shape.replace("HOST", lab.registry()).replace("LONG", "oci-archive:/" + "a".repeat(10_000));

        Bus.assertRefused(bus.manager("Load", Bus.text(source), "{}"), Bus.ERROR + "InvalidSource");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ListImages {'a':<1>}",
                "ListSnapshots {'json':<true>}",
                "ListJobs {'':<''>}",
                "Init {'force':<true>}",
                "Pull 'tiny' {'tls-verify':<false>}",
                "Load 'oci-archive:/a' {'x':<1>}",
                "Verify 'IMAGE' {'ignore':<['kernel']>}",
                "CreateSnapshot 'IMAGE' {'read-only':<true>}",
                "SwitchTo 'IMAGE' {'force':<true>}",
                "SetReadOnly 'IMAGE' true {'Force':<true>}",
                "SetReadOnly 'IMAGE' true {'force':<'yes'>}",
                "DeleteSnapshot 'IMAGE-work1' {'force':<true>}",
                "DeleteImage 'IMAGE' {'force':<true>}"
            })
    void anOptionThatIsNotKnownIsRefusedOnTheBus(String call) {
        String[] words = call.replace("IMAGE", image).split(" ", -1);

        Result result = bus.manager(words[0], Stream.of(words).skip(1).toArray(String[]::new));

        Bus.assertRefused(result, Bus.STANDARD_ERROR + "InvalidArgs");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "an empty file                 | : >$1",
                "a byte                        | printf x >$1",
                "random bytes                  | head -c 1000000 /dev/urandom >$1",
                "zeros                         | head -c 1000000 /dev/zero >$1",
                "text                          | echo 'FROM scratch' >$1",
                "an oci-archive cut short      | copy oci-archive; truncate -s 500000 $1",
                "an oci-archive without an end | copy oci-archive; truncate -s -11000 $1",
                "an oci-archive with a bad layer  | copy oci-archive; spoil",
                "a docker-archive cut short    | copy docker-archive; truncate -s 500000 $1",
                "a docker-archive with a bad layer | copy docker-archive; spoil",
                "an archive without an image   | tar -cf $1 -C /etc hostname",
                "an archive of an empty index  | mkdir -p /tmp/in/o; echo '{\"schemaVersion\":2,\"manifests\":[]}' "
                        + ">/tmp/in/o/index.json; echo '{\"imageLayoutVersion\":\"1.0.0\"}' >/tmp/in/o/oci-layout; "
                        + "tar -cf $1 -C /tmp/in/o .",
                "a docker-archive that leaves its directory | mkdir -p /tmp/in/d; "
                        + "echo '[{\"Config\":\"../../../etc/hostname\",\"Layers\":[\"../../../etc/passwd\"]}]' "
                        + ">/tmp/in/d/manifest.json; tar -cf $1 -C /tmp/in/d .",
                "a directory                   | mkdir $1",
                "a pipe                        | mkfifo $1",
                "a device                      | ln -s /dev/zero $1",
                "a socket                      | ln -s /run/dbus/system_bus_socket $1",
                "nothing                       | :",
                "a link to nothing             | ln -s /tmp/in/b $1",
                "a link to itself              | ln -s $1 $1",
                "a file below a file           | touch /tmp/in/b; rm -f $1; ln -s b/c $1"
            })
    void anArchiveThatIsNoneOrDamagedIsRefused(String what, String recipe) {
        lab.bash(
                        "file=$1 image=$2; mkdir /tmp/in\n"
                                + "copy() { skopeo copy -q --src-tls-verify=false docker://$image $1:$file; }\n"
                                + "spoil() { printf spoiled | dd of=$file bs=1 seek=300000 conv=notrunc status=none; }\n"
                                + recipe,
                        "/tmp/in/a.tar",
                        lab.image("tiny:1"))
                .ok();

        for (String transport : List.of("oci-archive:", "docker-archive:")) {
            assertFailed(lab.snap("load", transport + "/tmp/in/a.tar"), "/tmp/in/a.tar");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HOST/tiny:none        | has no such image or tag",
                "HOST/none:1           | has no such image or tag",
                "HOST/tiny@sha256:ZERO | has no such image or tag",
                "127.0.0.1:1/tiny:1    | connection refused",
                "nowhere.invalid/tiny:1 | no such host"
            })
    void aPullOfWhatIsNotThereFailsWithTheRegistrysWords(String shape, String words) {
        String reference = shape.replace("HOST", lab.registry()).replace("ZERO", "0".repeat(64));

        assertFailed(lab.snap("pull", reference), reference, words);
        assertThat(bus.lastJob().get("ErrorName")).isEqualTo('"' + Bus.ERROR + "PullFailed\"");
    }

    @Test
    void aRegistryThatClosesInTheMiddleOfALayerFailsThePull() throws Exception {
        RegistryImage tiny = RegistryImage.read(lab.registry(), "tiny", "1");
        try (SlowRegistry registry = SlowRegistry.before(lab.registry(), tiny.layerBytes() / 2)) {
            registry.cut();

            assertFailed(lab.snap("pull", registry.image("tiny:1")), registry.image("tiny:1"));
        }
    }

    @Test
    void aServerThatIsNoRegistryFailsThePull() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> talkNonsense(server));
            String reference = "127.0.0.1:" + server.getLocalPort() + "/tiny:1";

            assertFailed(lab.snap("pull", reference), reference);
        }
    }

    private static void talkNonsense(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                client.getOutputStream().write("220 hello\r\n\u001b[31m\r\n".getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // the client has enough, or the test is over
            }
        }
    }

    @Test
    void anImageWithoutLayersIsRefused() throws Exception {
        RegistryImage.withoutLayers(lab.registry(), "empty", "1").push();

        assertFailed(lab.snap("pull", lab.image("empty:1")), lab.image("empty:1"), "not bootable", "has no layer");
        assertThat(bus.lastJob().get("ErrorName")).isEqualTo('"' + Bus.ERROR + "NotBootable\"");
    }

    @Test
    void anArchiveWithOneImageThatCannotBootBringsNoneOfItsImages() throws Exception {
        RegistryImage good =
                RegistryImage.read(lab.registry(), "tiny", "1").sibling("good").push();
        RegistryImage empty =
                RegistryImage.withoutLayers(lab.registry(), "empty", "1").push();
        lab.bash(TWO_IN_ONE, good.reference(), empty.reference()).ok();

        assertFailed(lab.snap("load", "-i", "/tmp/in/two.tar"), "not bootable", "has no layer");
    }

    /// A job's failure: as a refusal, after the lines of its progress.
    private static void assertFailed(Result result, String... why) {
        List<String> lines = new ArrayList<>(result.err().lines().toList());
        while (!lines.isEmpty() && lines.getFirst().matches(Machine.PROGRESS)) {
            lines.removeFirst();
        }
        assertRefused(new Result(result.status(), result.out(), String.join("\n", lines) + "\n"), why);
        assertThat(lines.getLast()).matches("\\P{Cntrl}+");
    }
}
