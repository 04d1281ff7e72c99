package studio.kiln.server.node;

import java.io.IOException;
import java.util.List;
import studio.kiln.server.backend.Backend;
import studio.kiln.server.backend.BlenderSession;
import studio.kiln.server.backend.EngineBuild;

/** A backend that finds only the Blender that was named to it, so that a test does not depend on what is installed. */
record OnlyNamed(Backend of) implements Backend {
    @Override
    public String name() {
        return of.name();
    }

    @Override
    public List<EngineBuild> discover() {
        return of.discover().stream()
                .filter(build -> build.source().equals("environment"))
                .toList();
    }

    @Override
    public EngineBuild examine(String place) throws IOException {
        return of.examine(place);
    }

    @Override
    public String containment() {
        return of.containment();
    }

    @Override
    public BlenderSession start(EngineBuild engine, SessionSpec spec) throws IOException {
        return of.start(engine, spec);
    }

    @Override
    public int sweepOrphans() {
        return of.sweepOrphans();
    }

    @Override
    public void close() {
        of.close();
    }
}
