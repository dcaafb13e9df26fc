package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.opensuse.containersnap.engine.Registry;
import org.opensuse.containersnap.podman.RemoteManifest.Blob;
import org.opensuse.containersnap.podman.RemoteManifest.Choice;
import org.opensuse.containersnap.podman.RemoteManifest.Single;
import org.opensuse.containersnap.process.Command;
import org.opensuse.containersnap.process.Output;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.PullFailed;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;

/// Registries as skopeo asks them: by podman's own library, with its registries.conf, mirrors, credentials and
/// certificates.
///
/// skopeo 1.9 does not hold a manifest against the digest that it was asked by, so everything is held against its
/// digest here.
///
/// @param program skopeo, absolute
/// @param environment in addition to the few variables that it always gets, such as `https_proxy`
/// @param patience for one question
public record SkopeoRegistry(Path program, Map<String, String> environment, Duration patience) implements Registry {
    /// For a question that takes a registry a second; one that fetches a manifest itself first takes more.
    public static final Duration PATIENCE = Duration.ofMinutes(1);

    /// The library reads no manifest and no configuration that is larger (4 MiB).
    private static final int LARGEST_ANSWER = 8 << 20;

    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");
    private static final String PREFIX = "sha256:";

    public SkopeoRegistry {
        environment = Map.copyOf(environment);
    }

    /// A manifest with the digest that names it.
    ///
    /// @param list the digest of the list that it was chosen from, if any
    private record Named(String digest, Optional<String> list, Single manifest) {}

    @Override
    public Offer ask(ImageReference reference) throws Failure, InterruptedException {
        Named named = manifest(reference);
        String digest = named.manifest.config();
        if (!DIGEST.matcher(digest).matches() || !digest.startsWith(PREFIX)) {
            throw nonsense(reference, "a manifest without a configuration");
        }
        byte[] config = inspect(reference, at(reference, named.digest), "--config", "--raw");
        check(reference, digest, config, "configuration");
        try {
            StoredConfig stored = StoredConfig.parse(config);
            return new Offer(
                    named.digest,
                    named.list,
                    new ImageId(digest.substring(PREFIX.length())),
                    Image.version(stored.labels()),
                    stored.created(),
                    layers(reference, named.manifest));
        } catch (IOException _) {
            throw nonsense(reference, "a configuration that is no JSON");
        }
    }

    /// The manifest of the image for this machine.
    private Named manifest(ImageReference reference) throws Failure, InterruptedException {
        byte[] first = inspect(reference, reference, "--raw");
        String digest = PREFIX + hash("SHA-256", first);
        if (reference.version().startsWith("@")) {
            digest = reference.version().substring(1);
            check(reference, digest, first, "manifest");
        }
        return switch (RemoteManifest.read(first)) {
            case Single single -> new Named(digest, Optional.empty(), single);
            case Choice choice -> chosen(reference, digest, choice);
            case RemoteManifest.Unknown() -> throw nonsense(reference, "something that is no manifest of an image");
        };
    }

    private Named chosen(ImageReference reference, String list, Choice choice) throws Failure, InterruptedException {
        String architecture = RemoteManifest.architecture(System.getProperty("os.arch"));
        String digest = choice.digestFor(architecture)
                .orElseThrow(() -> PullFailed.ofQuestion(
                        reference, "the registry has it for other machines only, not for linux/" + architecture));
        if (!DIGEST.matcher(digest).matches()) {
            throw nonsense(reference, "a list of manifests without their digests");
        }
        byte[] manifest = inspect(reference, at(reference, digest), "--raw");
        check(reference, digest, manifest, "manifest");
        if (RemoteManifest.read(manifest) instanceof Single single) {
            return new Named(digest, Optional.of(list), single);
        }
        throw nonsense(reference, "a list of manifests with something else in it");
    }

    private static List<Layer> layers(ImageReference reference, Single manifest) throws PullFailed {
        List<Layer> layers = new ArrayList<>();
        for (Blob blob : manifest.layers()) {
            if (!DIGEST.matcher(blob.digest()).matches()) {
                throw nonsense(reference, "a manifest with layers that can't be");
            }
            layers.add(new Layer(blob.digest(), blob.content().bytes()));
        }
        return layers;
    }

    private byte[] inspect(ImageReference about, ImageReference asked, String... options)
            throws Failure, InterruptedException {
        if (!Files.isExecutable(program)) {
            throw new StorageFailed("skopeo is not installed: there is no " + program, null);
        }
        List<String> arguments = new ArrayList<>(List.of("inspect"));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of("--", asked.toString()));
        Map<String, String> variables = new HashMap<>(Map.of(
                "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME", "/root",
                "LC_ALL", "C.UTF-8"));
        variables.putAll(environment);
        try {
            Output output =
                    Output.of(new Command(program, arguments, variables, Path.of("/")), patience, LARGEST_ANSWER);
            if (output.status() != 0) {
                throw PullFailed.ofQuestion(about, SkopeoWords.complaint(output.error(), output.status()));
            }
            return output.out();
        } catch (TimeoutException _) {
            throw PullFailed.ofQuestion(about, "the registry does not answer in time");
        } catch (IOException e) {
            throw new StorageFailed("skopeo can't be asked: " + e.getMessage(), e);
        }
    }

    private static ImageReference at(ImageReference reference, String digest) {
        return new ImageReference(reference.repository(), "@" + digest);
    }

    private static void check(ImageReference reference, String digest, byte[] content, String what) throws PullFailed {
        String algorithm = digest.startsWith(PREFIX) ? "SHA-256" : "SHA-512";
        if (!digest.endsWith(":" + hash(algorithm, content))) {
            throw nonsense(reference, "another " + what + " than that of the digest");
        }
    }

    private static String hash(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PullFailed nonsense(ImageReference reference, String what) {
        return PullFailed.ofQuestion(reference, "the registry sent " + what);
    }
}
