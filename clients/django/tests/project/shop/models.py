from django.db import models


class Order(models.Model):
    status = models.TextField()
    ship_to = models.TextField()
    customer_id = models.IntegerField()
    placed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "orders"
