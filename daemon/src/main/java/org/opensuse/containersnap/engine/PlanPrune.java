package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.opensuse.containersnap.engine.ImageStore.TopLayer;
import org.opensuse.containersnap.engine.Prune.Deletion;
import org.opensuse.containersnap.engine.Retention.Candidate;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.SnapshotInUse;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;
import org.opensuse.containersnap.snapshot.Subvolume;

/// Finds out what a retention does not keep, and how much room that takes.
final class PlanPrune {
    private final StoreLayout layout;
    private final Subvolumes subvolumes;
    private final StoreVolume volume;
    private final ImageStore images;
    private final Roots roots;
    private final DeletionGuard guard;
    private final Arrivals arrivals;
    private final Clock clock;

    PlanPrune(
            StoreLayout layout,
            Subvolumes subvolumes,
            StoreVolume volume,
            ImageStore images,
            Roots roots,
            DeletionGuard guard,
            Arrivals arrivals,
            Clock clock) {
        this.layout = layout;
        this.subvolumes = subvolumes;
        this.volume = volume;
        this.images = images;
        this.roots = roots;
        this.guard = guard;
        this.arrivals = arrivals;
        this.clock = clock;
    }

    /// What would be deleted now, in this order.
    List<Deletion> of(Retention retention) throws Failure, InterruptedException {
        if (retention.freeBytes().isPresent()) {
            // What was deleted a moment ago may not be free yet.
            volume.settle(layout.state());
        }
        Map<SnapshotId, Subvolume> there = roots.all();
        Set<ImageId> used = images.usedByContainers();
        List<Candidate> candidates = new ArrayList<>();
        for (Map.Entry<SnapshotId, Subvolume> entry : there.entrySet()) {
            boolean free = mayGo(entry.getKey(), entry.getValue(), used);
            candidates.add(new Candidate(entry.getKey(), entry.getValue().created(), free));
        }
        List<SnapshotId> chosen = retention.choose(candidates, clock.instant());
        return chosen.isEmpty() ? List.of() : new Measuring(chosen, there).until(lacking(retention.freeBytes()));
    }

    private OptionalLong lacking(OptionalLong goal) throws Failure {
        return goal.isEmpty()
                ? goal
                : OptionalLong.of(goal.getAsLong() - volume.free(layout.state()).bytes());
    }

    private boolean mayGo(SnapshotId id, Subvolume root, Set<ImageId> used) throws Failure {
        if (id.pristine() && (used.contains(id.image()) || arrivals.has(id.image()))) {
            return false;
        }
        try {
            guard.check(id, Optional.of(root));
            if (id.pristine()) {
                guard.checkLayers(id, images.layersOf(id.image()));
            }
            return true;
        } catch (SnapshotInUse _) {
            return false;
        }
    }

    /// How much each of the chosen ones frees.
    private final class Measuring {
        private final List<SnapshotId> chosen;
        private final Map<SnapshotId, Subvolume> there;
        private final Map<ImageId, List<Path>> layers = new LinkedHashMap<>();
        private final Map<Path, Subvolume> store = new LinkedHashMap<>();
        private final SharedData data;

        Measuring(List<SnapshotId> chosen, Map<SnapshotId, Subvolume> there) throws Failure, InterruptedException {
            this.chosen = chosen;
            this.there = there;
            there.values().forEach(root -> store.put(root.directory(), root));
            for (TopLayer top : images.topLayers()) {
                List<Path> ofImage = images.layersOf(top.image());
                layers.put(top.image(), ofImage);
                for (Path layer : ofImage) {
                    if (!store.containsKey(layer)) {
                        subvolumes.find(layer).ifPresent(found -> store.put(layer, found));
                    }
                }
            }
            Set<Path> going = new HashSet<>();
            chosen.forEach(id -> going.addAll(directories(id)));
            Map<Path, Subvolume> staying = new LinkedHashMap<>(store);
            staying.keySet().removeAll(going);
            Map<Path, Subvolume> leaving = new LinkedHashMap<>(store);
            leaving.keySet().retainAll(going);
            data = SharedData.read(subvolumes, leaving.values(), staying.values());
        }

        /// @param lacking as many bytes are enough; empty for all
        List<Deletion> until(OptionalLong lacking) {
            List<Deletion> plan = new ArrayList<>();
            long freed = 0;
            for (SnapshotId id : chosen) {
                if (lacking.isPresent() && freed >= lacking.getAsLong()) {
                    break;
                }
                List<Path> going = directories(id);
                if (id.pristine()) {
                    layers.remove(id.image());
                    going = going.stream().filter(path -> !needed(path)).toList();
                }
                long bytes = 0;
                for (Path path : going) {
                    Subvolume subvolume = store.get(path);
                    bytes += subvolume == null ? 0 : data.delete(subvolume);
                }
                plan.add(new Deletion(id, bytes));
                freed += bytes;
            }
            return plan;
        }

        private boolean needed(Path layer) {
            return layers.values().stream().flatMap(Collection::stream).anyMatch(layer::equals);
        }

        private List<Path> directories(SnapshotId id) {
            List<Path> directories = new ArrayList<>();
            Subvolume root = there.get(id);
            if (root != null) {
                directories.add(root.directory());
            }
            if (id.pristine()) {
                directories.addAll(layers.getOrDefault(id.image(), List.of()));
            }
            return directories;
        }
    }
}
