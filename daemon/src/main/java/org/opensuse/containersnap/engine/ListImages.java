package org.opensuse.containersnap.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.engine.Records.ImageRecord;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Reads the images.
public final class ListImages {
    private final ImageStore images;
    private final Records records;
    private final Roots roots;

    ListImages(ImageStore images, Records records, Roots roots) {
        this.images = images;
        this.records = records;
        this.roots = roots;
    }

    /// An image and what belongs to it.
    ///
    /// @param origin where it came from last, when this service brought it
    /// @param snapshots of the image, in the order they were made
    public record Listed(Image image, Optional<String> origin, List<SnapshotId> snapshots) {}

    /// All images, in the order they came.
    public List<Listed> all() throws Failure, InterruptedException {
        List<SnapshotId> snapshots = List.copyOf(roots.all().keySet());
        List<Listed> listed = new ArrayList<>();
        for (Image image : images.images()) {
            listed.add(listed(image, snapshots));
        }
        return listed;
    }

    public List<ImageId> ids() throws Failure, InterruptedException {
        return images.images().stream().map(Image::id).toList();
    }

    public Optional<Listed> find(ImageId id) throws Failure, InterruptedException {
        Optional<Image> image = images.find(id);
        return image.isEmpty()
                ? Optional.empty()
                : Optional.of(listed(image.get(), List.copyOf(roots.all().keySet())));
    }

    private Listed listed(Image image, List<SnapshotId> snapshots) throws Failure {
        return new Listed(
                image,
                records.image(image.id()).flatMap(ImageRecord::origin),
                snapshots.stream().filter(id -> id.image().equals(image.id())).toList());
    }
}
