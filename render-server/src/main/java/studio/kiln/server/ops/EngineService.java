package studio.kiln.server.ops;

import java.util.List;
import studio.kiln.core.api.EngineView;

/** What people may do with engines. Methods throw {@link studio.kiln.core.api.ApiException} with what is wrong. */
public interface EngineService {
    List<EngineView> list();

    /** Adds the Blender at a path of the server's machine, and waits for its self-test. */
    EngineView add(String path) throws InterruptedException;

    /** Forgets an engine that was added. */
    void remove(String id);

    /** Runs the self-test again and waits for it. */
    EngineView test(String id) throws InterruptedException;
}
