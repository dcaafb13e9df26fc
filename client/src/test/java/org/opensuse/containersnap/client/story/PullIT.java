package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.ROOTS;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;
import org.opensuse.containersnap.client.lab.RegistryImage;
import org.opensuse.containersnap.client.lab.SlowRegistry;
import org.opensuse.containersnap.client.story.Bus.Job;

/// A pull tells how far it is, can be stopped at any moment, and holds nobody up. The registry hands out as
/// much as the test says, so that everything happens in the middle of the pull.
class PullIT {
    private static final Pattern BYTES_DONE = Pattern.compile("'BytesDone': <uint64 (\\d+)>");

    @RegisterExtension
    final Lab lab = Lab.machine();

    private final Machine machine = new Machine(lab);
    private final Bus bus = new Bus(lab);

    private RegistryImage tiny = RegistryImage.withoutLayers("", "", "");
    private SlowRegistry registry;
    private String reference = "";
    private String work = "";
    private List<String> before = List.of();

    /// A machine that is in use and has no layer of tiny:1, and a registry that stops in the middle of it.
    @BeforeEach
    void prepare() throws Exception {
        String image = machine.pull("tiny:1");
        work = machine.create(image);
        lab.snap("delete", "--id", image).ok();
        before = machine.traces();

        tiny = RegistryImage.read(lab.registry(), "tiny", "1");
        registry = SlowRegistry.before(lab.registry(), tiny.layerBytes() / 2);
        reference = registry.image("tiny:1");
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void aPullReportsRisingBytesOfTheCompressedLayers() throws Exception {
        RegistryImage bootable = RegistryImage.read(lab.registry(), "bootable", "1");
        long total = bootable.layerBytes();
        registry.handOut(total / 8);
        Process monitor = lab.start("gdbus", "monitor", "--system", "--dest", Machine.BUS_NAME);
        try (BufferedReader signals = monitor.inputReader()) {
            readUntil(signals, "is owned by");

            Job job = bus.pull(registry.image("bootable:1"));
            for (int quarter = 1; quarter < 4; quarter++) {
                long handedOut = total * quarter / 4;
                registry.handOut(handedOut);
                Await.until("quarter " + quarter, () -> job.number("BytesDone") > handedOut - total / 8);
                assertThat(job.number("BytesDone")).isLessThanOrEqualTo(handedOut);
                assertThat(job.number("BytesTotal")).isEqualTo(total);
                assertThat(job.get("ProgressValid")).isEqualTo("true");
                assertThat(Double.parseDouble(job.get("Progress"))).isBetween((quarter - 0.5) / 4, quarter / 4.0);
                assertThat(job.get("Phase")).isEqualTo("\"downloading\"");
            }
            registry.handOutAll();

            assertThat(job.end()).isEqualTo("succeeded");
            assertThat(job.number("BytesDone")).isEqualTo(total);
            List<String> told = readUntil(signals, "'succeeded'").stream()
                    .filter(line -> line.startsWith(job.path() + ": "))
                    .toList();
            assertThat(told).anyMatch(line -> line.contains("'BytesTotal': <uint64 " + total + ">"));
            assertThat(told.stream()
                            .flatMap(line ->
                                    BYTES_DONE.matcher(line).results().map(bytes -> Long.valueOf(bytes.group(1)))))
                    .hasSizeGreaterThan(3)
                    .isSorted()
                    .endsWith(total);
        } finally {
            monitor.destroy();
        }
    }

    @Test
    void aPullCountsTheLayersThatTheStoreLacks() throws Exception {
        long first = RegistryImage.read(lab.registry(), "bootable", "1").layerBytes();
        long both = RegistryImage.read(lab.registry(), "bootable", "2").layerBytes();
        machine.pull("bootable:1");

        machine.pull("bootable:2");
        Job second = bus.lastJob();
        machine.pull("bootable:2");
        Job again = bus.lastJob();

        assertThat(second.number("BytesTotal")).isEqualTo(both - first).isPositive();
        assertThat(second.number("BytesDone")).isEqualTo(both - first);
        assertThat(again.number("BytesTotal")).isZero();
        assertThat(again.state()).isEqualTo("succeeded");
    }

    /// The lines up to the first one that has the words.
    private static List<String> readUntil(BufferedReader reader, String words) throws IOException {
        List<String> lines = new ArrayList<>();
        do {
            String line = reader.readLine();
            assertThat(line).as("after " + lines).isNotNull();
            lines.add(line);
        } while (!lines.getLast().contains(words));
        return lines;
    }

    @Test
    void aJobThatSucceededSaysWhatItMade() {
        registry.handOutAll();
        Job job = bus.pull(reference);

        assertThat(job.end()).isEqualTo("succeeded");
        assertThat(bus.jobs()).endsWith(job.path());
        assertThat(job.path()).endsWith("/job/" + job.number("Id"));
        assertThat(job.get("Operation")).isEqualTo("\"pull\"");
        assertThat(job.get("Target")).isEqualTo("\"docker://" + reference + "\"");
        assertThat(job.get("Result")).isEqualTo("1 \"images\" as 1 \"" + tiny.id() + "\"");
        assertThat(job.get("Objects")).isEqualTo("1 \"" + Machine.TOP + "/image/" + tiny.id() + "\"");
        assertThat(job.get("Phase")).isEqualTo("\"\"");
        assertThat(job.get("ErrorName") + job.get("ErrorMessage")).isEqualTo("\"\"\"\"");
        assertThat(job.get("Cancelable")).isEqualTo("false");
        assertThat(job.number("StartedByUid")).isZero();
        assertThat(job.number("EndTime")).isGreaterThan(job.number("StartTime"));
        assertThat(machine.snapshots()).containsExactly(work, tiny.id());
        Bus.assertRefused(job.cancel(), Bus.ERROR + "NotCancelable", "succeeded");
    }

    @Test
    void aJobThatFailedSaysWhy() {
        Job job = bus.pull(lab.image("tiny:none"));

        assertThat(job.end()).isEqualTo("failed");
        assertThat(bus.jobs()).endsWith(job.path());
        assertThat(job.get("ErrorName")).isEqualTo('"' + Bus.ERROR + "PullFailed\"");
        assertThat(job.get("ErrorMessage")).contains(lab.image("tiny:none"), "no such image or tag");
        assertThat(job.get("Result")).isEqualTo("0");
        Bus.assertRefused(job.cancel(), Bus.ERROR + "NotCancelable", "failed");
        assertThat(machine.traces()).containsExactlyElementsOf(before);
    }

    @Test
    void cancelInTheMiddleLeavesNothingBehind() {
        Job job = bus.pull(reference);
        awaitMiddle(job);
        assertThat(job.get("Cancelable")).isEqualTo("true");

        assertThat(job.cancel().ok()).isEqualTo("()\n");

        assertThat(job.end()).isEqualTo("cancelled");
        assertThat(machine.traces()).containsExactlyElementsOf(before);
        assertThat(job.get("ErrorName")).isEqualTo('"' + Bus.ERROR + "Cancelled\"");
        Bus.assertRefused(job.cancel(), Bus.ERROR + "NotCancelable", "cancelled");
        registry.handOutAll();
        assertThat(lab.snap("pull", reference).out()).isEqualTo(tiny.id() + "\n");
    }

    @Test
    void cancelKeepsTheImageThatAnotherPullBroughtMeanwhile() {
        Job job = bus.pull(reference);
        awaitMiddle(job);
        assertThat(machine.pull("tiny:1")).isEqualTo(tiny.id());
        String root = machine.fingerprint(ROOTS + tiny.id());

        job.cancel().ok();

        assertThat(job.end()).isEqualTo("cancelled");
        assertThat(lab.snap("list-images").ok())
                .endsWith("," + tiny.reference() + "\n")
                .hasLineCount(1);
        assertThat(machine.snapshots()).containsExactly(work, tiny.id());
        assertThat(machine.fingerprint(ROOTS + tiny.id())).isEqualTo(root);
        assertThat(machine.create(tiny.id())).isEqualTo(tiny.id() + "-work2");
    }

    @Test
    void cancelWhileTheRegistrySaysNothingLeavesNothingBehind() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Job job = bus.pull("127.0.0.1:" + silent.getLocalPort() + "/tiny:1");
            silent.accept().getInputStream().read();
            assertThat(job.get("Phase")).isEqualTo("\"connecting\"");
            assertThat(job.get("ProgressValid")).isEqualTo("false");

            assertThat(job.cancel().ok()).isEqualTo("()\n");

            assertThat(job.end()).isEqualTo("cancelled");
            assertThat(machine.traces()).containsExactlyElementsOf(before);
        }
    }

    /// podman is stopped as soon as it is there, so that the load stands still, and podman does not end when
    /// asked to.
    @Test
    void cancelOfALoadWithAPodmanThatHangsLeavesNothingBehind() throws Exception {
        lab.run("skopeo", "copy", "-q", "--src-tls-verify=false", "docker://" + tiny.reference(), "oci-archive:/run/a")
                .ok();
        Process stopper = lab.start(
                "bash", "-c", "echo ready; until pid=$(pgrep -x podman); do :; done; kill -STOP $pid; echo stopped");
        assertThat(stopper.inputReader().readLine()).isEqualTo("ready");
        Job job = bus.load("oci-archive:/run/a");
        assertThat(stopper.inputReader().readLine()).isEqualTo("stopped");

        assertThat(job.cancel().ok()).isEqualTo("()\n");

        assertThat(job.end()).isEqualTo("cancelled");
        assertThat(machine.traces()).containsExactlyElementsOf(before);
        assertThat(lab.snap("load", "-i", "/run/a").out()).isEqualTo(tiny.id() + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void aClientThatIsAskedToEndCancelsItsPull(String signal) throws Exception {
        Client client = startClient();
        Job job = bus.lastJob();
        awaitMiddle(job);

        lab.run("kill", "-" + signal, client.pid).ok();

        assertThat(client.end()).isEqualTo(1);
        assertThat(client.out()).isEmpty();
        assertThat(client.err())
                .endsWith("\ncontainer-snap: the pull of docker://" + reference
                        + " was cancelled; nothing was changed\n");
        assertThat(job.state()).isEqualTo("cancelled");
        assertThat(machine.traces()).containsExactlyElementsOf(before);
    }

    @Test
    void aClientThatIsKilledLeavesItsPullRunning() throws Exception {
        Client client = startClient();
        Job job = bus.lastJob();
        awaitMiddle(job);

        lab.run("kill", "-KILL", client.pid).ok();

        assertThat(client.end()).isGreaterThan(1);
        assertThat(job.state()).isEqualTo("running");
        registry.handOutAll();
        assertThat(job.end()).isEqualTo("succeeded");
        assertThat(machine.snapshots()).containsExactly(work, tiny.id());
    }

    @Test
    void aClientWhosePullIsCancelledBySomebodyElseSaysSo() throws Exception {
        Client client = startClient();
        Job job = bus.lastJob();
        awaitMiddle(job);

        job.cancel().ok();

        assertThat(client.end()).isEqualTo(1);
        assertThat(client.out()).isEmpty();
        assertThat(client.err())
                .contains("\ncontainer-snap: the pull of docker://" + reference
                        + " was cancelled; nothing was changed\n");
    }

    @Test
    void onATerminalABarShowsHowFarItIsAndCtrlCEndsIt() throws Exception {
        Process terminal = startOnTerminal();
        Await.until("the bar", () -> screen().contains("[#"));
        assertThat(lastLine(screen()))
                .matches("tiny:1  \\[#+-+]  \\S+ KiB / 1008\\.4 KiB.*")
                .hasSizeLessThan(60);

        try (OutputStream keyboard = terminal.getOutputStream()) {
            keyboard.write('C' & 0x1f);
            keyboard.flush();
            assertThat(terminal.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(terminal.exitValue()).isEqualTo(1);
        assertThat(lastLine(screen()))
                .isEqualTo("container-snap: the pull of docker://" + reference + " was cancelled; nothing was changed");
        assertThat(lab.run("cat", "/run/out").ok()).isEmpty();
        assertThat(bus.lastJob().state()).isEqualTo("cancelled");
    }

    @Test
    void theBarIsGoneWhenThePullIsDone() throws Exception {
        Process terminal = startOnTerminal();
        Await.until("the bar", () -> screen().contains("[#"));
        registry.handOutAll();
        try (OutputStream keyboard = terminal.getOutputStream()) {
            assertThat(terminal.waitFor(60, TimeUnit.SECONDS)).isTrue();
            keyboard.flush();
        }

        assertThat(terminal.exitValue()).isZero();
        assertThat(screen()).doesNotContain("\n");
        assertThat(lastLine(screen())).isEmpty();
        assertThat(lab.run("cat", "/run/out").ok()).isEqualTo(tiny.id() + "\n");
    }

    /// A pull at a terminal of 60 columns, whose output goes elsewhere.
    private Process startOnTerminal() {
        return lab.start(
                "script",
                "--quiet",
                "--flush",
                "--return",
                "--command",
                "stty cols 60; exec env --default-signal=INT container-snap pull " + reference + " >/run/out",
                "/run/screen");
    }

    /// What was written to the terminal, without the lines that script adds.
    private String screen() {
        String written = lab.bash("cat /run/screen 2>/dev/null || true").out();
        return written.replaceFirst("^Script started on .*\n", "").replaceFirst("\nScript done on .*\n$", "");
    }

    /// What a person sees in the last line after all that was drawn over each other there.
    private static String lastLine(String screen) {
        String lines = screen.replaceFirst("\r\n$", "");
        StringBuilder line = new StringBuilder();
        int column = 0;
        for (int i = lines.lastIndexOf('\n') + 1; i < lines.length(); i++) {
            if (lines.charAt(i) == '\r') {
                column = 0;
            } else {
                line.replace(column, column + 1, lines.substring(i, i + 1));
                column++;
            }
        }
        return line.toString().stripTrailing();
    }

    @Test
    void aSecondPullOfTheSameIsRefusedAsLongAsTheFirstRuns() {
        Job job = bus.pull(reference);
        awaitMiddle(job);

        assertRefused(lab.snap("pull", reference), reference, "the same");
        assertRefused(lab.snap("pull", "docker://" + reference), reference, "the same");
        Bus.assertRefused(bus.manager("Pull", Bus.text(reference), "{}"), Bus.ERROR + "Busy", reference, "the same");

        assertThat(job.state()).isEqualTo("running");
        registry.handOutAll();
        assertThat(job.end()).isEqualTo("succeeded");
        assertThat(lab.snap("pull", reference).out()).isEqualTo(tiny.id() + "\n");
    }

    @Test
    void everybodyElseIsAnsweredWhileAPullRuns() throws Exception {
        Job job = bus.pull(reference);
        awaitMiddle(job);

        assertThat(machine.snapshots()).containsExactly(work);
        assertThat(machine.images()).isEmpty();
        assertThat(lab.snap("get-root", work).ok()).isEqualTo(ROOTS + work + "/\n");
        String made = machine.create(work);
        machine.switchTo(made);
        assertThat(lab.snap("get-default").line()).isEqualTo(made);
        assertThat(lab.snap("set-readonly-state", "--readonly", work).ok()).isEmpty();
        assertThat(lab.snap("delete", "--id", work).ok()).isEmpty();
        assertThat(machine.pull("relabel:1")).isNotEqualTo(tiny.id());
        assertThat(lab.snap("status").ok())
                .containsPattern("\njobs       pull docker://" + Pattern.quote(reference)
                        + "  downloading [0-9.]+ KiB of 1008\\.4 KiB\n$");
        assertThat(machine.json("status"))
                .contains(
                        ".jobs[0].id " + job.number("Id"),
                        ".jobs[0].operation \"pull\"",
                        ".jobs[0].target \"docker://" + reference + "\"",
                        ".jobs[0].state \"running\"",
                        ".jobs[0].phase \"downloading\"",
                        ".jobs[0].bytes_total " + tiny.layerBytes())
                .anyMatch(line -> line.matches("\\.jobs\\[0]\\.progress 0\\.\\d+"))
                .anyMatch(line -> line.matches("\\.jobs\\[0]\\.bytes_done \\d+"))
                .anyMatch(line -> line.matches("\\.jobs\\[0]\\.rate \\d+"))
                .filteredOn(line -> line.startsWith(".jobs"))
                .hasSize(9);

        assertThat(job.state()).isEqualTo("running");
        Await.until("a rate of 0", () -> job.number("Rate") == 0);
        registry.handOutAll();
        assertThat(job.end()).isEqualTo("succeeded");
        assertThat(machine.snapshots()).contains(made, tiny.id()).hasSize(3);
    }

    @Test
    void jobsAreListedInTheOrderTheyWereAccepted() {
        List<String> earlier = bus.jobs();
        Job failed = bus.pull(lab.image("tiny:none"));
        failed.end();
        Job running = bus.pull(reference);
        awaitMiddle(running);

        List<String> expected = new ArrayList<>(earlier);
        expected.addAll(List.of(failed.path(), running.path()));
        assertThat(bus.jobs()).containsExactlyElementsOf(expected);
        assertThat(running.number("Id")).isGreaterThan(failed.number("Id"));
    }

    @Test
    void aJobThatNeverWasCannotBeCancelled() {
        for (String number : List.of("0", "4711", "01", "x", "9223372036854775808")) {
            Result cancelled = bus.call(Machine.TOP + "/job/" + number, "Job.Cancel", "{}");

            Bus.assertRefused(cancelled, Bus.STANDARD_ERROR + "UnknownObject");
        }
    }

    private void awaitMiddle(Job job) {
        Await.until("the middle of the layer", () -> job.number("BytesDone") > tiny.layerBytes() / 4);
        assertThat(job.state()).isEqualTo("running");
    }

    /// A client that pulls while the test goes on.
    private record Client(Process process, String pid) {
        int end() throws InterruptedException {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        }

        String out() {
            return process.inputReader().lines().map(line -> line + "\n").collect(Collectors.joining());
        }

        String err() {
            return process.errorReader().lines().map(line -> line + "\n").collect(Collectors.joining());
        }
    }

    private Client startClient() throws IOException {
        List<String> earlier = bus.jobs();
        Process process = lab.start(
                "bash",
                "-c",
                "echo $$; exec env --default-signal=INT,TERM,HUP container-snap pull \"$1\"",
                "bash",
                reference);
        String pid = process.inputReader().readLine();
        Await.until("the job", () -> bus.jobs().size() > earlier.size());
        return new Client(process, pid);
    }
}
