"""The contract as a Postman collection, which Postman, newman and others run."""

from conformance.postman.document import environment_of, postman_collection
from conformance.postman.folders import PHOTO
from conformance.postman.written import contents

__all__ = ["PHOTO", "contents", "environment_of", "postman_collection"]
