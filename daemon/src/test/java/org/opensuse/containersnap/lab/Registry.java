package org.opensuse.containersnap.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A real docker-registry on 127.0.0.1 with a front that can be told to misbehave, and hangs up at once on podman's
/// attempt at TLS.
public final class Registry implements BeforeAllCallback, AfterAllCallback, AutoCloseable {
    private static final int CHUNK = 16384;
    private static final int BACKLOG = 50;
    private static final int TLS_HANDSHAKE = 0x16;
    private static final Pattern BLOB = Pattern.compile("GET \\S+/blobs/sha256:");

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private @Nullable Path directory;
    private @Nullable Process process;
    private @Nullable ServerSocket front;
    private int port;
    private volatile long bytesPerSecond = Long.MAX_VALUE;
    private volatile long breakingAfter = Long.MAX_VALUE;
    private volatile int refusing;
    private final AtomicInteger blobsAsked = new AtomicInteger();

    @Override
    public void beforeAll(ExtensionContext context) {
        LoopBtrfs.requireRoot();
        start();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    /// `127.0.0.1:PORT`, as in references.
    public String host() {
        if (front == null) {
            throw new IllegalStateException("not started");
        }
        return "127.0.0.1:" + front.getLocalPort();
    }

    /// A registries.conf that allows podman to use it without TLS.
    public Path registriesConf() {
        if (directory == null) {
            throw new IllegalStateException("not started");
        }
        return directory.resolve("registries.conf");
    }

    /// Serves each connection at this rate from now on.
    public void slowDown(long newBytesPerSecond) {
        bytesPerSecond = newBytesPerSecond;
    }

    /// Breaks off every connection after so many bytes from now on.
    public void breakOffAfter(long bytes) {
        breakingAfter = bytes;
    }

    /// Answers requests for manifests with an HTTP status from now on.
    public void refuse(int status) {
        refusing = status;
    }

    /// Behaves well from now on.
    public void behave() {
        bytesPerSecond = Long.MAX_VALUE;
        breakingAfter = Long.MAX_VALUE;
        refusing = 0;
        blobsAsked.set(0);
    }

    /// How many blobs it was asked for since it behaves well.
    public int blobsAsked() {
        return blobsAsked.get();
    }

    public void start() {
        try {
            directory = Files.createTempDirectory("container-snap-registry");
            port = freePort();
            Path config =
                    Files.writeString(directory.resolve("config.yml"), """
                    version: 0.1
                    log: {level: error}
                    storage: {filesystem: {rootdirectory: %s}}
                    http: {addr: 127.0.0.1:%d}
                    """.formatted(directory.resolve("data"), port));
            process = new ProcessBuilder("docker-registry", "serve", config.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            ServerSocket listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
            front = listener;
            Thread.ofVirtual().start(() -> accept(listener));
            Files.writeString(registriesConf(), """
                    [[registry]]
                    location = "%s"
                    insecure = true
                    """.formatted(host()));
            awaitReady();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Pushes an image.
    ///
    /// @return its reference, such as `127.0.0.1:5000/os:1`
    public String push(String name, String tag, CraftedImage image) {
        for (byte[] blob : image.blobs()) {
            upload(name, blob);
        }
        upload(name, image.config());
        put(name, tag, "application/vnd.oci.image.manifest.v1+json", image.manifest());
        return host() + "/" + name + ":" + tag;
    }

    /// Pushes a manifest list.
    ///
    /// @param image for this machine
    /// @param foreign for another one
    public String pushList(String name, String tag, CraftedImage image, CraftedImage foreign) {
        push(name, tag + "-ours", image);
        push(name, tag + "-foreign", foreign);
        put(name, tag, "application/vnd.oci.image.index.v1+json", image.index(foreign));
        return host() + "/" + name + ":" + tag;
    }

    @Override
    public void close() {
        try {
            if (front != null) {
                front.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
        if (directory != null) {
            try (Stream<Path> tree = Files.walk(directory)) {
                tree.sorted(Comparator.reverseOrder())
                        .forEach(path -> path.toFile().delete());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void upload(String name, byte[] blob) {
        HttpResponse<byte[]> started = send(
                HttpRequest.newBuilder(uri("/v2/" + name + "/blobs/uploads/")).POST(BodyPublishers.noBody()));
        String location = started.headers().firstValue("Location").orElseThrow();
        URI target = uri("/").resolve(location);
        send(HttpRequest.newBuilder(URI.create(target + (target.getQuery() == null ? "?" : "&") + "digest=sha256:"
                        + CraftedImage.sha256(blob)))
                .header("Content-Type", "application/octet-stream")
                .PUT(BodyPublishers.ofByteArray(blob)));
    }

    private void put(String name, String tag, String mediaType, byte[] manifest) {
        send(HttpRequest.newBuilder(uri("/v2/" + name + "/manifests/" + tag))
                .header("Content-Type", mediaType)
                .PUT(BodyPublishers.ofByteArray(manifest)));
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
            if (response.statusCode() >= 400) {
                throw new IllegalStateException(response + " " + new String(response.body(), StandardCharsets.UTF_8));
            }
            return response;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void accept(ServerSocket listener) {
        while (true) {
            try {
                Socket client = listener.accept();
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException _) {
                return; // closed
            }
        }
    }

    private void serve(Socket podman) {
        try (podman;
                Socket registry = new Socket(InetAddress.getLoopbackAddress(), port)) {
            PushbackInputStream requests = new PushbackInputStream(podman.getInputStream());
            int first = requests.read();
            if (first < 0 || first == TLS_HANDSHAKE) {
                return;
            }
            requests.unread(first);
            if (refusing != 0) {
                refuse(requests, podman.getOutputStream());
                return;
            }
            Thread.ofVirtual().start(() -> forward(requests, registry));
            answer(registry.getInputStream(), podman.getOutputStream());
        } catch (IOException _) {
            return; // one of the two hung up
        }
    }

    private void forward(InputStream requests, Socket registry) {
        try {
            byte[] chunk = new byte[CHUNK];
            for (int n = requests.read(chunk); n >= 0; n = requests.read(chunk)) {
                // A request comes in one piece.
                if (BLOB.matcher(new String(chunk, 0, n, StandardCharsets.ISO_8859_1))
                        .find()) {
                    blobsAsked.incrementAndGet();
                }
                registry.getOutputStream().write(chunk, 0, n);
            }
            registry.shutdownOutput();
        } catch (IOException _) {
            return; // one of the two hung up
        }
    }

    private void answer(InputStream answers, OutputStream podman) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long sent = 0;
        for (int n = answers.read(chunk); n >= 0; n = answers.read(chunk)) {
            sent += n;
            if (sent > breakingAfter) {
                return;
            }
            podman.write(chunk, 0, n);
            if (bytesPerSecond < Long.MAX_VALUE) {
                LockSupport.parkNanos(n * TimeUnit.SECONDS.toNanos(1) / bytesPerSecond);
            }
        }
    }

    private void refuse(InputStream requests, OutputStream podman) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(requests, StandardCharsets.US_ASCII));
        boolean manifest = String.valueOf(reader.readLine()).contains("/manifests/");
        String line = reader.readLine();
        while (line != null && !line.isEmpty()) {
            line = reader.readLine();
        }
        String head = "HTTP/1.1 " + (manifest ? refusing : 200) + " x\r\nContent-Length: 0\r\nConnection: close\r\n"
                + "WWW-Authenticate: Basic realm=\"x\"\r\n\r\n";
        podman.write(head.getBytes(StandardCharsets.US_ASCII));
    }

    private void awaitReady() {
        for (int i = 0; i < 100; i++) {
            try {
                client.send(HttpRequest.newBuilder(uri("/v2/")).build(), BodyHandlers.discarding());
                return;
            } catch (IOException _) {
                pause();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new IllegalStateException("docker-registry does not answer");
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
