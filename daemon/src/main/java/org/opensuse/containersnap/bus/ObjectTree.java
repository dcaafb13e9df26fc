package org.opensuse.containersnap.bus;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.opensuse.containersnap.engine.Engine;
import org.opensuse.containersnap.journal.LogControl;
import org.opensuse.containersnap.snapshot.Failure;

/// The object paths of the service: the manager, the objects below it, what controls logging, and the nodes in between.
final class ObjectTree {
    private final BusObject<Engine> manager;
    private final BusObject<LogControl> logControl;
    private final ManagedObjects managed;

    ObjectTree(BusObject<Engine> manager, BusObject<LogControl> logControl, ManagedObjects managed) {
        this.manager = manager;
        this.logControl = logControl;
        this.managed = managed;
    }

    Optional<? extends BusObject<?>> find(String path) throws Failure, InterruptedException {
        Optional<BusObject<?>> alwaysThere =
                alwaysThere().filter(object -> object.path().equals(path)).findFirst();
        return alwaysThere.isPresent() ? alwaysThere : managed.find(path);
    }

    List<BusObject<?>> managed() throws Failure, InterruptedException {
        return managed.all();
    }

    /// Whether the path is on the way to objects.
    boolean isNode(String path) {
        return alwaysThere().anyMatch(object -> object.path().startsWith(prefix(path))) || Paths.PARENTS.contains(path);
    }

    /// Names of the nodes directly below a path, short ones first, so that numbers come in order.
    List<String> children(String path) throws Failure, InterruptedException {
        String prefix = prefix(path);
        TreeSet<String> names =
                new TreeSet<>(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
        alwaysThere()
                .map(BusObject::path)
                .filter(object -> object.startsWith(prefix))
                .forEach(object -> names.add(firstElement(object, prefix)));
        if (!manager.path().startsWith(prefix)) {
            for (String child : managed.paths()) {
                if (child.startsWith(prefix)) {
                    names.add(firstElement(child, prefix));
                }
            }
        }
        return List.copyOf(names);
    }

    private Stream<BusObject<?>> alwaysThere() {
        return Stream.of(manager, logControl);
    }

    private static String prefix(String path) {
        return path.equals("/") ? path : path + "/";
    }

    private static String firstElement(String path, String prefix) {
        String rest = path.substring(prefix.length());
        int slash = rest.indexOf('/');
        return slash < 0 ? rest : rest.substring(0, slash);
    }
}
