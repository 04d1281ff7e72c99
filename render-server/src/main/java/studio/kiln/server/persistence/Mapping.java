package studio.kiln.server.persistence;

import java.lang.reflect.Type;
import javax.sql.DataSource;
import org.hibernate.SessionFactory;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.bytecode.internal.none.BytecodeProviderImpl;
import org.hibernate.bytecode.spi.BytecodeProvider;
import org.hibernate.type.descriptor.WrapperOptions;
import org.hibernate.type.descriptor.java.JavaType;
import org.hibernate.type.format.FormatMapper;

/** Sets Hibernate up for what Kiln uses of it, and for nothing else: every command waits for this. */
final class Mapping {
    private Mapping() {}

    static SessionFactory factory(DataSource pool, Dialect dialect) {
        // Rows are never proxies and their fields are set by reflection, so no bytecode has to be made at start.
        var registry = new StandardServiceRegistryBuilder()
                .addService(BytecodeProvider.class, new BytecodeProviderImpl())
                .applySetting("hibernate.connection.datasource", pool)
                .applySetting("hibernate.connection.provider_disables_autocommit", true)
                .applySetting("jakarta.persistence.database-product-name", dialect.product())
                .applySetting("jakarta.persistence.database-product-version", dialect.productVersion())
                .applySetting("hibernate.boot.allow_jdbc_metadata_access", false)
                .applySetting("hibernate.auto_quote_keyword", dialect.quotesKeywords())
                .applySetting("hibernate.hbm2ddl.auto", "none")
                .applySetting("hibernate.jdbc.time_zone", "UTC")
                .applySetting("hibernate.jdbc.batch_size", 200)
                // lists of other lengths are no other statements
                .applySetting("hibernate.query.in_clause_parameter_padding", true)
                .applySetting("hibernate.type.preferred_instant_jdbc_type", "TIMESTAMP")
                .applySetting("hibernate.type.prefer_native_enum_types", false)
                .applySetting("hibernate.type.json_format_mapper", new NoFormat())
                .applySetting("hibernate.type.xml_format_mapper", new NoFormat())
                .applySetting("hibernate.cache.use_second_level_cache", false)
                .applySetting("hibernate.cache.use_query_cache", false)
                .applySetting("hibernate.xml_mapping_enabled", false)
                .applySetting("hibernate.archive.autodetection", "none")
                .applySetting("jakarta.persistence.validation.mode", "none")
                .build();
        MetadataSources sources = new MetadataSources(registry);
        Rows.ALL.forEach(sources::addAnnotatedClass);
        return sources.buildMetadata().buildSessionFactory();
    }

    /** No column is mapped as JSON or XML; Hibernate would else set up a library for each. */
    private static final class NoFormat implements FormatMapper {
        @Override
        public <T> T fromString(CharSequence text, JavaType<T> javaType, WrapperOptions options) {
            throw new UnsupportedOperationException("No column is mapped as JSON or XML: " + typeOf(javaType));
        }

        @Override
        public <T> String toString(T value, JavaType<T> javaType, WrapperOptions options) {
            throw new UnsupportedOperationException("No column is mapped as JSON or XML: " + typeOf(javaType));
        }

        private static Type typeOf(JavaType<?> javaType) {
            return javaType.getJavaType();
        }
    }
}
