package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hc.core5.util.Timeout;
import org.opensuse.containersnap.podman.PodmanHttp.Answer;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.ImageInUse;
import org.opensuse.containersnap.snapshot.Failure.NoSuchImage;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.step.StepWatch;
import org.opensuse.containersnap.step.Steps;

/// Takes names away from images, and removes images, with one podman.
final class ImageRemoval {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Timeout SHORT = Timeout.ofSeconds(60);
    private static final Timeout REMOVAL = Timeout.ofMinutes(10);
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
        Answer answer = podman.call(PodmanHttp.libpod("POST", tagging(id, "untag", name)), SHORT);
        if (answer.refused()) {
            throw failed("take the name " + name + " from " + id, answer);
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
        podman.call(PodmanHttp.libpod("POST", tagging(id, "tag", name)), SHORT);
    }

    private void delete(ImageId id) throws Failure, InterruptedException {
        Answer answer = podman.call(PodmanHttp.libpod("DELETE", "/images/" + id), REMOVAL);
        if (answer.refused()) {
            switch (answer.status()) {
                case NOT_FOUND -> throw new NoSuchImage(id.hex());
                case CONFLICT -> throw new ImageInUse(id, containers(id));
                default -> throw failed("delete the image " + id, answer);
            }
        }
    }

    /// The names of the containers that use an image, also of those that another tool than podman made in its
    /// store.
    private List<String> containers(ImageId id) throws Failure, InterruptedException {
        Answer answer = podman.call(PodmanHttp.libpod("GET", "/containers/json?all=true&external=true"), SHORT);
        if (answer.refused()) {
            throw failed("list containers", answer);
        }
        return containers(answer.body(), id);
    }

    static List<String> containers(String json, ImageId id) throws Failure {
        List<String> users = new ArrayList<>();
        try {
            for (JsonNode container : JSON.readTree(json)) {
                if (container.path("ImageID").asText("").equals(id.hex())) {
                    users.add(container
                            .path("Names")
                            .path(0)
                            .asText(container.path("Id").asText("")));
                }
            }
        } catch (IOException e) {
            throw new StorageFailed("can't read podman's list of containers: " + e.getMessage(), e);
        }
        return users;
    }

    /// The last colon parts a name in two: its tag, or the digits of its digest.
    private static String tagging(ImageId id, String verb, String name) {
        int colon = name.lastIndexOf(':');
        return "/images/" + id + "/" + verb + "?repo=" + PodmanHttp.encoded(name.substring(0, colon)) + "&tag="
                + PodmanHttp.encoded(name.substring(colon + 1));
    }

    private static StorageFailed failed(String doing, Answer answer) {
        return new StorageFailed("podman can't " + doing + ": " + Complaint.plain(Complaint.of(answer.body())), null);
    }
}
