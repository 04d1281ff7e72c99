package studio.kiln.server.library;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.StatelessSession;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.storage.BlobGarbage;

/**
 * Blobs that rows of the database refer to: files and thumbnails of models that are in the library or that a task uses,
 * and published pictures.
 */
public final class BlobReferences implements BlobGarbage.References {
    private static final List<String> QUERIES = List.of(
            "select distinct f.sha256 from ModelFileRow f, ModelVersionRow v, ModelRow m where f.sha256 in :digests"
                    + " and v.id = f.version and m.id = v.model and (m.deleted = false"
                    + " or exists (select 1 from TaskRow t where t.version = v.id))",
            "select distinct v.thumbnail from ModelVersionRow v, ModelRow m where v.thumbnail in :digests"
                    + " and m.id = v.model and m.deleted = false",
            "select distinct r.sha256 from ResultRow r where r.sha256 in :digests");

    private final Database database;

    public BlobReferences(Database database) {
        this.database = database;
    }

    @Override
    public Set<Sha256> among(Collection<Sha256> digests) {
        List<String> wanted = digests.stream().map(Sha256::hex).toList();
        return database.read(tx -> {
            Set<Sha256> found = new HashSet<>();
            QUERIES.forEach(query -> found.addAll(run(tx, query, wanted)));
            return found;
        });
    }

    private static List<Sha256> run(StatelessSession tx, String query, List<String> digests) {
        return tx
                .createSelectionQuery(query, String.class)
                .setParameterList("digests", digests)
                .getResultList()
                .stream()
                .map(Sha256::new)
                .toList();
    }
}
