package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.podman.PodmanSession.Answer;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.ImageInUse;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.NoSuchImage;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Takes names away from images, and removes images, with one podman.
final class ImageRemoval {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private final PodmanSession podman;
    private final StepWatch watch;

    ImageRemoval(PodmanSession podman, StepWatch watch) {
        this.podman = podman;
        this.watch = watch;
    }

    /// Takes a name away. podman's DELETE of a name would do that too, but deletes the image with its last name,
    /// and with any name that has a digest.
    void untag(ImageId id, String name) throws Failure, InterruptedException {
        String doing = "take the name " + name + " from " + id;
        Answer answer = podman.call(doing, PodmanHttp.libpod("POST", tagging(id, "untag", name)));
        if (answer.refused()) {
            throw failed(doing, answer);
        }
    }

    /// Removes an image with all its names.
    ///
    /// podman refuses to delete an image by its ID when it has several names, unless it is forced to, which deletes
    /// containers as well. So the names go first. A container that turns up in between is refused by the deletion,
    /// and the names come back, but for those with a digest, which podman gives only to what it pulls.
    void remove(ImageId id, List<String> names) throws Failure, InterruptedException {
        List<String> containers = containers(id);
        if (!containers.isEmpty()) {
            throw new ImageInUse(id, containers);
        }
        Steps steps = Steps.of("remove-image", watch);
        for (String name : names) {
            steps.step("name", () -> untag(id, name), () -> tag(id, name));
        }
        steps.step("image", () -> delete(id)).run();
    }

    private void tag(ImageId id, String name) throws Failure, InterruptedException {
        podman.call("give " + id + " its name " + name, PodmanHttp.libpod("POST", tagging(id, "tag", name)));
    }

    private void delete(ImageId id) throws Failure, InterruptedException {
        String doing = "delete the image " + id;
        Answer answer = podman.call(doing, PodmanHttp.libpod("DELETE", "/images/" + id));
        if (answer.refused()) {
            switch (answer.status()) {
                case NOT_FOUND -> throw new NoSuchImage(id.hex());
                case CONFLICT -> throw new ImageInUse(id, containers(id));
                default -> throw failed(doing, answer);
            }
        }
    }

    /// The names of the containers that use an image, also of those that another tool than podman made in its
    /// store.
    private List<String> containers(ImageId id) throws Failure, InterruptedException {
        String doing = "list containers";
        Answer answer = podman.call(doing, PodmanHttp.libpod("GET", "/containers/json?all=true&external=true"));
        if (answer.refused()) {
            throw failed(doing, answer);
        }
        try {
            return containers(answer.body(), id);
        } catch (IOException e) {
            throw podman.nonsense(doing, answer.body(), e);
        }
    }

    static List<String> containers(String json, ImageId id) throws IOException {
        List<String> users = new ArrayList<>();
        for (JsonNode container : JSON.readTree(json)) {
            if (container.path("ImageID").asText("").equals(id.hex())) {
                users.add(container
                        .path("Names")
                        .path(0)
                        .asText(container.path("Id").asText("")));
            }
        }
        return users;
    }

    /// The last colon parts a name in two: its tag, or the digits of its digest.
    private static String tagging(ImageId id, String verb, String name) {
        int colon = name.lastIndexOf(':');
        return "/images/" + id + "/" + verb + "?repo=" + PodmanHttp.encoded(name.substring(0, colon)) + "&tag="
                + PodmanHttp.encoded(name.substring(colon + 1));
    }

    private Failure failed(String doing, Answer answer) {
        Optional<String> words = Complaint.find(answer.body());
        if (words.isPresent() && Complaint.noSpace(words.get())) {
            return new NoSpace(doing, null);
        }
        return words.isPresent()
                ? new StorageFailed("podman can't " + doing + ": " + Complaint.plain(words.get()), null)
                : podman.nonsense(doing, "HTTP status " + answer.status() + " and '" + answer.body() + "'", null);
    }
}
