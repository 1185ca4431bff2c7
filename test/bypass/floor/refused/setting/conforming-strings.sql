-- A string would end elsewhere than it was judged to.
SET standard_conforming_strings = off
