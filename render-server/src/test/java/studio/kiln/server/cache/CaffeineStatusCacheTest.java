package studio.kiln.server.cache;

class CaffeineStatusCacheTest extends StatusCacheContract {
    @Override
    StatusCache cache() {
        return new CaffeineStatusCache();
    }
}
