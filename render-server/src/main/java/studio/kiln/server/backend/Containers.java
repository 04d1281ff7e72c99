package studio.kiln.server.backend;

import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Ulimit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How containers of Kiln are shut in, and how they end. Safe for any thread. */
final class Containers {
    private static final Logger LOG = LoggerFactory.getLogger(Containers.class);
    private static final long PROCESSES = 256;
    private static final Map<String, String> TMP = Map.of("/tmp", "rw,nosuid,nodev,mode=1777,size=1g");

    private final DockerEngine engine;

    Containers(DockerEngine engine) {
        this.engine = engine;
    }

    /** Everything that a container is denied, and for a session the limits that this engine can hold. */
    HostConfig sealed(Backend.@Nullable SessionSpec spec) {
        HostConfig host = HostConfig.newHostConfig()
                .withNetworkMode("none")
                .withReadonlyRootfs(true)
                .withCapDrop(Capability.ALL)
                .withSecurityOpts(List.of("no-new-privileges"))
                .withInit(true)
                .withTmpFs(TMP)
                .withUlimits(List.of(new Ulimit("core", 0L, 0L)))
                .withPidsLimit(PROCESSES)
                .withLogConfig(new LogConfig(LogConfig.LoggingType.NONE));
        if (spec == null) {
            return host;
        }
        Info can = engine.info();
        if (spec.memoryBytes() > 0 && Boolean.TRUE.equals(can.getMemoryLimit())) {
            host.withMemory(spec.memoryBytes());
            if (Boolean.TRUE.equals(can.getSwapLimit())) {
                host.withMemorySwap(spec.memoryBytes());
            }
        }
        if (Boolean.TRUE.equals(can.getCpuCfsQuota())) {
            host.withNanoCPUs(1_000_000_000L
                    * Math.min(Math.max(1, spec.threads()), Runtime.getRuntime().availableProcessors()));
        }
        if (Boolean.TRUE.equals(can.getCpuShares())) {
            host.withCpuShares(
                    switch (spec.priority()) {
                        case INTERACTIVE -> 1024;
                        case RENDER -> 512;
                        case BACKGROUND -> 8;
                    });
        }
        return host;
    }

    /** Ends a container; says whether it is gone for certain. A thread that is told to end still does this. */
    boolean remove(String container) {
        boolean interrupted = Thread.interrupted();
        try {
            return removeForCertain(container);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean removeForCertain(String container) {
        try {
            engine.control()
                    .removeContainerCmd(container)
                    .withForce(true)
                    .withRemoveVolumes(true)
                    .exec();
        } catch (NotFoundException e) {
            return true;
        } catch (RuntimeException e) {
            LOG.debug("Container {} was not removed at once: {}", container, e.getMessage());
        }
        long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (System.nanoTime() - end < 0) {
            try {
                engine.control().inspectContainerCmd(container).exec();
                engine.control().removeContainerCmd(container).withForce(true).exec();
            } catch (NotFoundException e) {
                return true;
            } catch (RuntimeException e) {
                if (!engine.answers()) {
                    LOG.warn("The Docker engine is away; container {} is ended when Kiln starts again", container);
                    return false;
                }
            }
            java.util.concurrent.locks.LockSupport.parkNanos(
                    Duration.ofMillis(50).toNanos());
        }
        LOG.error("Container {} could not be ended", container);
        return false;
    }
}
