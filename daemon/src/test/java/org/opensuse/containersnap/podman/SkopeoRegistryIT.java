package org.opensuse.containersnap.podman;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensuse.containersnap.engine.Registry.Layer;
import org.opensuse.containersnap.engine.Registry.Offer;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.PullFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;

/// The real skopeo against a registry that sends what a test wants it to.
class SkopeoRegistryIT {
    private static final Path SKOPEO = Path.of("/usr/bin/skopeo");
    private static final String OCI = "application/vnd.oci.image.";
    private static final String UNKNOWN =
            "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\"}]}";
    private static final String LAYER = "sha256:" + "c".repeat(64);

    @TempDir
    private Path directory;

    private final Map<String, byte[]> contents = new ConcurrentHashMap<>();
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private final CountDownLatch silence = new CountDownLatch(1);
    private final ServerSocket server = open();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private SkopeoRegistry registry;

    private static ServerSocket open() {
        try {
            return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @BeforeEach
    void start() throws IOException {
        threads.execute(this::accept);
        Path configuration = Files.createDirectories(directory.resolve(".config/containers"));
        Files.writeString(
                configuration.resolve("registries.conf"), "[[registry]]\nlocation = \"127.0.0.1\"\ninsecure = true\n");
        registry = new SkopeoRegistry(SKOPEO, Map.of("HOME", directory.toString()), SkopeoRegistry.PATIENCE);
    }

    @AfterEach
    void stop() throws IOException {
        silence.countDown();
        server.close();
        threads.shutdownNow();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket connection = server.accept();
                threads.execute(() -> serve(connection));
            } catch (IOException e) {
                if (!server.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /// Answers one request, and hangs up on who begins with TLS.
    private void serve(Socket connection) {
        try (connection) {
            BufferedReader request = new BufferedReader(new InputStreamReader(connection.getInputStream(), UTF_8));
            request.mark(1);
            if (!Character.isUpperCase(request.read())) {
                return;
            }
            request.reset();
            String path = request.readLine().split(" ", -1)[1];
            while (!request.readLine().isEmpty()) {
                // The headers say nothing that matters here.
            }
            answer(path, connection.getOutputStream());
        } catch (IOException e) {
            // Whoever asked has gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(String path, OutputStream out) throws IOException, InterruptedException {
        String name = path.substring(path.lastIndexOf('/') + 1);
        byte[] content = contents.getOrDefault(name, new byte[0]);
        if (!name.isEmpty()) {
            asked.add(name);
        }
        if (name.equals("silent")) {
            silence.await();
        }
        boolean there = name.isEmpty() || content.length > 0;
        byte[] body = there ? content : UNKNOWN.getBytes(UTF_8);
        String type = path.contains("/manifests/") ? type(content) : "application/octet-stream";
        String head = "HTTP/1.1 " + (there ? 200 : 404) + " \r\nConnection: close\r\nContent-Type: "
                + (there ? type : "application/json") + "\r\nContent-Length: " + body.length + "\r\n\r\n";
        out.write(head.getBytes(UTF_8));
        out.write(body);
    }

    private static String type(byte[] manifest) {
        return OCI + (new String(manifest, UTF_8).contains("\"manifests\"") ? "index" : "manifest") + ".v1+json";
    }

    private ImageReference reference(String version) {
        return new ImageReference("127.0.0.1:" + server.getLocalPort() + "/os", version);
    }

    private static String digest(byte[] content) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// @return the digest by which it can be asked for
    private String serve(String content) {
        String digest = digest(content.getBytes(UTF_8));
        contents.put(digest, content.getBytes(UTF_8));
        return digest;
    }

    /// @return the digest by which it can be asked for, too
    private String tag(String content) {
        contents.put("1", content.getBytes(UTF_8));
        return serve(content);
    }

    private static String config(String version) {
        return "{\"created\":\"2026-01-02T03:04:05Z\",\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Labels\":"
                + "{\"org.opencontainers.image.version\":\"" + version
                + "\"}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + LAYER + "\"]}}";
    }

    private static String manifest(String config, String size) {
        return "{\"schemaVersion\":2,\"mediaType\":\"" + OCI + "manifest.v1+json\",\"config\":{\"mediaType\":\"" + OCI
                + "config.v1+json\",\"digest\":\"" + config + "\",\"size\":200},\"layers\":[{\"mediaType\":\"" + OCI
                + "layer.v1.tar+gzip\",\"digest\":\"" + LAYER + "\",\"size\":" + size + "}]}";
    }

    private static String list(String digest) {
        String architecture = RemoteManifest.architecture(System.getProperty("os.arch"));
        return "{\"schemaVersion\":2,\"mediaType\":\"" + OCI + "index.v1+json\",\"manifests\":["
                + instance("sha256:" + "0".repeat(64), "riscv64") + "," + instance(digest, architecture) + "]}";
    }

    private static String instance(String digest, String architecture) {
        return "{\"mediaType\":\"" + OCI + "manifest.v1+json\",\"digest\":\"" + digest
                + "\",\"size\":300,\"platform\":{\"os\":\"linux\",\"architecture\":\"" + architecture + "\"}}";
    }

    @Test
    void aSingleImageIsToldWithoutAskingForItsLayer() throws Exception {
        String config = serve(config("7"));
        String digest = tag(manifest(config, "1234"));

        assertThat(registry.ask(reference(":1")))
                .isEqualTo(new Offer(
                        digest,
                        Optional.empty(),
                        new ImageId(config.substring("sha256:".length())),
                        Optional.of("7"),
                        Optional.of(Instant.parse("2026-01-02T03:04:05Z")),
                        List.of(new Layer(LAYER, 1234))));
        assertThat(asked).contains("1", digest, config).doesNotContain(LAYER);
    }

    @Test
    void ofAListTheImageForThisMachineIsTold() throws Exception {
        String manifest = serve(manifest(serve(config("7")), "1234"));
        String list = tag(list(manifest));

        assertThat(registry.ask(reference(":1")).digest()).isEqualTo(manifest);
        assertThat(registry.ask(reference(":1")).list()).contains(list);
        assertThat(registry.ask(reference("@" + manifest)).digest()).isEqualTo(manifest);
        assertThat(registry.ask(reference("@" + manifest)).list()).isEmpty();
        assertThat(registry.ask(reference("@" + list)).digest()).isEqualTo(manifest);
    }

    @Test
    void whatIsTooLongInALabelIsCutOrLeftOut() throws Exception {
        tag(manifest(serve(config("7".repeat(1000))), "1234"));
        assertThat(registry.ask(reference(":1")).version()).contains("7".repeat(256) + "…");

        tag(manifest(serve(config("7".repeat(100_000))), "1234"));
        assertThat(registry.ask(reference(":1")).version()).isEmpty();
    }

    @Test
    void aSizeThatCanNotBeIsNotBelieved() throws Exception {
        tag(manifest(serve(config("7")), Long.toString(Long.MAX_VALUE)));
        assertThat(registry.ask(reference(":1")).layers()).containsExactly(new Layer(LAYER, 1L << 44));
    }

    /// What is under the tag, or does something about it, and what is said.
    static Stream<Arguments> nonsense() {
        return Stream.of(
                row("no such tag", _ -> "", "the registry has no such image or tag"),
                row("no JSON", _ -> "{not json", "the registry sent something that is no manifest of an image"),
                row("a page", _ -> "<html>no</html>", "something that is no manifest of an image"),
                row("an older format", _ -> "{\"schemaVersion\":1,\"fsLayers\":[]}", "is no manifest of an image"),
                row(
                        "a huge manifest",
                        _ -> "{\"a\":\"" + "x".repeat(5 << 20) + "\"}",
                        "larger than any (exceeded maximum allowed size)"),
                row("no configuration", _ -> manifest("", "1"), "a manifest without a configuration"),
                row("a path as a digest", _ -> manifest("../../etc/passwd", "1"), "a manifest without a configuration"),
                row(
                        "a layer that is an option",
                        test -> manifest(test.serve(config("7")), "1").replace(LAYER, "--raw"),
                        "a manifest with layers that can't be"),
                row(
                        "a configuration that is not there",
                        _ -> manifest("sha256:" + "d".repeat(64), "1"),
                        "can't ask the registry for docker://"),
                row(
                        "another configuration",
                        test -> {
                            String config = test.serve(config("7"));
                            test.contents.put(config, config("8").getBytes(UTF_8));
                            return manifest(config, "1");
                        },
                        "something else than what it was asked for"),
                row(
                        "a configuration that is no JSON",
                        test -> manifest(test.serve("nonsense"), "1"),
                        "can't ask the registry for docker://"),
                row(
                        "another manifest in a list",
                        test -> {
                            String manifest = test.serve(manifest(test.serve(config("7")), "1"));
                            test.contents.put(
                                    manifest,
                                    manifest(test.serve(config("8")), "1").getBytes(UTF_8));
                            return list(manifest);
                        },
                        "another manifest than that of the digest"),
                row(
                        "a list in a list",
                        test -> list(test.serve(list(LAYER))),
                        "a list of manifests with something else"),
                row("a list without digests", _ -> list("sha256:short"), "a list of manifests without their digests"),
                row(
                        "a list for other machines",
                        _ -> list(LAYER).replaceAll("\"(amd64|arm64)\"", "\"s390x\""),
                        "the registry has it for other machines only"));
    }

    private static Arguments row(String what, Function<SkopeoRegistryIT, String> under, String told) {
        return Arguments.of(what, under, told);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("nonsense")
    void nonsenseIsToldInOneLine(String what, Function<SkopeoRegistryIT, String> under, String told) {
        tag(under.apply(this));

        assertThatThrownBy(() -> registry.ask(reference(":1")))
                .isInstanceOfSatisfying(
                        PullFailed.class,
                        failure -> assertThat(failure.line())
                                .startsWith("can't ask the registry for docker://127.0.0.1:")
                                .contains(told)
                                .hasLineCount(1)
                                .hasSizeLessThan(500));
    }

    @Test
    void anotherManifestThanTheOneOfTheReferenceIsRefused() {
        String digest = serve(manifest(serve(config("7")), "1"));
        contents.put(digest, manifest(serve(config("8")), "1").getBytes(UTF_8));

        assertThatThrownBy(() -> registry.ask(reference("@" + digest)))
                .isInstanceOf(PullFailed.class)
                .hasMessageContaining("another manifest than that of the digest");
    }

    @Test
    void aRegistryThatSaysNothingIsGivenUp() {
        SkopeoRegistry impatient = new SkopeoRegistry(SKOPEO, registry.environment(), Duration.ofSeconds(2));

        assertThatThrownBy(() -> impatient.ask(reference(":silent")))
                .isInstanceOf(PullFailed.class)
                .hasMessageContaining("does not answer in time");
    }

    @Test
    void withoutSkopeoThatIsSaid() {
        SkopeoRegistry without = new SkopeoRegistry(directory.resolve("skopeo"), Map.of(), SkopeoRegistry.PATIENCE);

        assertThatThrownBy(() -> without.ask(reference(":1")))
                .isInstanceOf(Failure.StorageFailed.class)
                .hasMessage("skopeo is not installed: there is no " + directory.resolve("skopeo"));
    }
}
