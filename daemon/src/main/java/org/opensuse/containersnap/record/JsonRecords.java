package org.opensuse.containersnap.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensuse.containersnap.engine.Records;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// [Records] as JSON files below a directory: `snapshots/<snapshot ID>.json`, `images/<image ID>.json`,
/// `snapshots-of-original/<snapshot ID>.json` and `intents/<name>.json`. The disk is the truth, they only add to it.
public final class JsonRecords implements Records {
    private final RecordDirectory images;
    private final RecordDirectory snapshots;
    private final RecordDirectory ofOriginal;
    private final RecordDirectory intents;

    /// The records below a directory.
    public JsonRecords(Path directory, WriteBack writeBack) {
        images = new RecordDirectory(directory.resolve("images"), writeBack);
        snapshots = new RecordDirectory(directory.resolve("snapshots"), writeBack);
        ofOriginal = new RecordDirectory(directory.resolve("snapshots-of-original"), writeBack);
        intents = new RecordDirectory(directory.resolve("intents"), writeBack);
    }

    @Override
    public void clear() throws Failure {
        for (RecordDirectory directory : List.of(images, snapshots, ofOriginal, intents)) {
            directory.clear();
        }
    }

    @Override
    public Set<ImageId> images() throws Failure {
        return images.names().stream()
                .filter(ImageId::isValid)
                .map(ImageId::new)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    @Override
    public Optional<ImageRecord> image(ImageId id) throws Failure {
        return images.read(id.toString()).map(node -> image(id, node));
    }

    private static ImageRecord image(ImageId id, JsonNode node) {
        return new ImageRecord(
                id,
                RecordDirectory.text(node, "origin"),
                node.path("root_taken").asBoolean(),
                node.path("last_work").asLong(),
                node.path("deleting").asBoolean());
    }

    @Override
    public void write(ImageRecord image) throws Failure {
        images.write(image.id().toString(), json(image));
    }

    private static ObjectNode json(ImageRecord image) {
        ObjectNode node = RecordDirectory.object();
        image.origin().ifPresent(origin -> node.put("origin", origin));
        node.put("root_taken", image.rootTaken());
        node.put("last_work", image.lastWork());
        if (image.deleting()) {
            node.put("deleting", true);
        }
        return node;
    }

    @Override
    public void remove(ImageId id) throws Failure {
        images.remove(id.toString());
    }

    @Override
    public List<Intent> intents() throws Failure {
        List<Intent> all = new ArrayList<>();
        for (String name : intents.names()) {
            intents.read(name).ifPresent(node -> all.add(intent(name, node)));
        }
        return all;
    }

    private static Intent intent(String name, JsonNode node) {
        List<Coming> coming = new ArrayList<>();
        for (JsonNode image : node.path("images")) {
            String id = image.path("id").asText("");
            if (ImageId.isValid(id)) {
                JsonNode before = image.path("before");
                coming.add(new Coming(
                        new ImageId(id),
                        image.path("fresh").asBoolean(),
                        before.isObject() ? Optional.of(image(new ImageId(id), before)) : Optional.empty()));
            }
        }
        return new Intent(
                name, node.path("origin").asText(""), coming, node.path("undo").asBoolean());
    }

    @Override
    public void write(Intent intent) throws Failure {
        ObjectNode node =
                RecordDirectory.object().put("origin", intent.origin()).put("undo", intent.undo());
        ArrayNode images = node.putArray("images");
        for (Coming coming : intent.images()) {
            ObjectNode image =
                    images.addObject().put("id", coming.image().hex()).put("fresh", coming.fresh());
            coming.before().ifPresent(before -> image.set("before", json(before)));
        }
        intents.write(intent.id(), node);
    }

    @Override
    public void remove(Intent intent) throws Failure {
        intents.remove(intent.id());
    }

    @Override
    public Set<SnapshotId> snapshots() throws Failure {
        return ids(snapshots);
    }

    @Override
    public Optional<SnapshotRecord> snapshot(SnapshotId id) throws Failure {
        return snapshots
                .read(id.toString())
                .map(node -> new SnapshotRecord(
                        id,
                        RecordDirectory.text(node, "base").flatMap(SnapshotId::find),
                        RecordDirectory.text(node, "origin")));
    }

    @Override
    public void write(SnapshotRecord snapshot) throws Failure {
        ObjectNode node = RecordDirectory.object();
        snapshot.base().ifPresent(base -> node.put("base", base.toString()));
        snapshot.origin().ifPresent(origin -> node.put("origin", origin));
        snapshots.write(snapshot.id().toString(), node);
    }

    @Override
    public void remove(SnapshotId id) throws Failure {
        snapshots.remove(id.toString());
        ofOriginal.remove(id.toString());
    }

    @Override
    public Map<SnapshotId, Path> snapshotsOfOriginal() throws Failure {
        Map<SnapshotId, Path> found = new LinkedHashMap<>();
        for (SnapshotId id : ids(ofOriginal)) {
            ofOriginal
                    .read(id.toString())
                    .flatMap(node -> RecordDirectory.text(node, "root"))
                    .filter(root -> root.startsWith("/") && root.indexOf('\0') < 0)
                    .ifPresent(root -> found.put(id, Path.of(root)));
        }
        return found;
    }

    @Override
    public void writeSnapshotOfOriginal(SnapshotId id, Path root) throws Failure {
        ofOriginal.write(id.toString(), RecordDirectory.object().put("root", root.toString()));
    }

    private static Set<SnapshotId> ids(RecordDirectory directory) throws Failure {
        Set<SnapshotId> ids = new LinkedHashSet<>();
        for (String name : directory.names()) {
            SnapshotId.find(name).ifPresent(ids::add);
        }
        return ids;
    }
}
