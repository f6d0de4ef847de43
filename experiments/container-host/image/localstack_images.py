"""LocalStack's init hook (start.d): the image that functions run in is there, so it is not pulled.

https://docs.localstack.cloud/references/init-hooks/
"""

from localstack.services.lambda_.invocation import docker_runtime_executor as executor

image = executor.resolver.get_image_for_runtime("provided.al2023")
platforms = executor.ARCHITECTURE_PLATFORM_MAPPING.values()
executor.PULLED_IMAGES.update((image, platform) for platform in platforms)
