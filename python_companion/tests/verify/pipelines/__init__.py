"""Small pipelines with a right rewrite and many wrong ones, as people write and get them wrong."""

from tests.verify.pipelines.base import Pipeline
from tests.verify.pipelines.claims import CLAIMS
from tests.verify.pipelines.flats import FLATS
from tests.verify.pipelines.journeys import JOURNEYS
from tests.verify.pipelines.letters import LETTERS
from tests.verify.pipelines.meters import METERS
from tests.verify.pipelines.orders import ORDERS
from tests.verify.pipelines.parcels import PARCELS
from tests.verify.pipelines.patients import PATIENTS
from tests.verify.pipelines.readings import READINGS
from tests.verify.pipelines.sensors import SENSORS
from tests.verify.pipelines.shops import SHOPS
from tests.verify.pipelines.songs import SONGS
from tests.verify.pipelines.tickets import TICKETS
from tests.verify.pipelines.visits import VISITS

PIPELINES: tuple[Pipeline, ...] = (
    ORDERS, JOURNEYS, READINGS, PATIENTS, TICKETS, SONGS, VISITS, LETTERS, METERS, SHOPS, FLATS, CLAIMS,
    PARCELS, SENSORS,
)  # fmt: skip
