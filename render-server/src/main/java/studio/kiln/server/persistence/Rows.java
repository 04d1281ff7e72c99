package studio.kiln.server.persistence;

import java.util.List;

/** Every mapped class: Hibernate is told, so that it need not search. */
final class Rows {
    static final List<Class<?>> ALL = List.of(
            ProjectRow.class,
            ModelRow.class,
            ModelVersionRow.class,
            ModelFileRow.class,
            BlobRow.class,
            OwnedBlobRow.class,
            UploadRow.class,
            NodeRow.class,
            NodeEnrolmentRow.class,
            EngineRow.class,
            TaskRow.class,
            TaskDependencyRow.class,
            VariantRow.class,
            ChunkRow.class,
            OutputRow.class,
            AttemptRow.class,
            ResultRow.class,
            NodeBlockRow.class,
            EventRow.class,
            TimelineRow.class,
            TaskLogRow.class,
            JobRow.class,
            LeaseRow.class,
            CounterRow.class,
            SettingRow.class,
            AccountRow.class,
            CredentialRow.class,
            GroupRow.class,
            GroupMemberRow.class,
            ShareRow.class,
            LoginFailureRow.class,
            AuditRow.class);

    private Rows() {}
}
